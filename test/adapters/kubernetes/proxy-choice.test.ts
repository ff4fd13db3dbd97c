import { describe, expect, it } from 'vitest';
import { chooseProxy } from '../../../src/adapters/kubernetes/proxy-choice.ts';

const proxy = 'http://proxy.example:3128';

describe('chooseProxy', () => {
  it.each([
    ['https://api.example:6443', { HTTPS_PROXY: proxy }, proxy],
    ['https://api.example:6443', { https_proxy: proxy }, proxy],
    ['https://api.example:6443', { HTTP_PROXY: proxy, ALL_PROXY: proxy }, undefined],
    ['http://api.example:8080', { HTTP_PROXY: proxy }, proxy],
    ['https://api.example:6443', { HTTPS_PROXY: 'proxy.example:3128' }, proxy],
    ['https://api.example:6443', { HTTPS_PROXY: 'socks5://proxy.example:1080' }, 'socks5://proxy.example:1080'],
    ['https://api.example:6443', { HTTPS_PROXY: '' }, undefined],
    ['https://localhost:6443', { HTTPS_PROXY: proxy }, undefined],
    ['https://127.0.0.2:6443', { HTTPS_PROXY: proxy }, undefined],
    ['https://[::1]:6443', { HTTPS_PROXY: proxy }, undefined],
  ])('%s with %j goes through %s', (server, environment, expected) => {
    expect(chooseProxy(server, undefined, environment as Record<string, string>)).toBe(expected);
  });

  it.each([
    ['*', true],
    ['example', true],
    ['.example', true],
    ['*.example', true],
    ['api.example', true],
    ['API.Example:6443', true],
    ['other.example, api.example', true],
    ['api.example:443', false],
    ['pi.example', false],
    ['.api.example', false],
    ['10.0.0.0/8', false],
    ['', false],
  ])('NO_PROXY=%s for api.example:6443: exempt %s', (noProxy, exempt) => {
    const environment = { HTTPS_PROXY: proxy, NO_PROXY: noProxy };
    expect(chooseProxy('https://api.example:6443', undefined, environment)).toBe(exempt ? undefined : proxy);
  });

  it.each([
    ['https://10.1.2.3:6443', '10.0.0.0/8', true],
    ['https://10.1.2.3:6443', '10.1.2.3', true],
    ['https://10.1.2.3:6443', '10.1.2.3:443', false],
    ['https://10.1.2.3:6443', '11.0.0.0/8', false],
    ['https://10.1.2.3:6443', '10.0.0.0/99', false],
    ['https://[fd00::5]:6443', 'fd00::/8', true],
    ['https://[fd00::5]:6443', 'fd00::5', true],
    ['https://[fd00::5]:6443', '[fd00::5]:6443', true],
    ['https://[fd00::5]:6443', '10.0.0.0/8', false],
  ])('%s with NO_PROXY=%s: exempt %s', (server, noProxy, exempt) => {
    expect(chooseProxy(server, undefined, { HTTPS_PROXY: proxy, no_proxy: noProxy })).toBe(exempt ? undefined : proxy);
  });

  it('prefers the proxy of the cluster entry, whatever NO_PROXY says', () => {
    expect(chooseProxy('https://api.example', 'http://own:1', { HTTPS_PROXY: proxy, NO_PROXY: '*' })).toBe('http://own:1');
  });
});
