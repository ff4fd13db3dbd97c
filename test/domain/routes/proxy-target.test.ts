import { describe, expect, it } from 'vitest';
import { Cidr } from '../../../src/domain/netstack/address/cidr.ts';
import { parseProxyTarget } from '../../../src/domain/routes/proxy-target.ts';

describe('parseProxyTarget', () => {
  it.each([
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['10.1.2.3', '10.1.2.3/32'],
    ['2001:db8::1', '2001:db8::1/128'],
    ['db.cloud.example', 'db.cloud.example'],
    ['DB.Cloud.example.', 'db.cloud.example.'],
    ['db', 'db'],
    ['_srv.db-1.shop', '_srv.db-1.shop'],
    ['a', 'a'],
  ])('%s is %s', (text, target) => {
    expect(String(parseProxyTarget(text))).toBe(target);
    expect(parseProxyTarget(text) instanceof Cidr).toBe(/^[\d:]|::/.test(text));
  });

  it.each([
    '',
    '.',
    'x y',
    '300.1.1.1',
    '1.2.3',
    '10.0.0.0/33',
    'db..example',
    '.db',
    'https://db',
    'db:5432',
    `${'a'.repeat(64)}.b`,
    'db/24',
  ])('%j is none', (text) => {
    expect(parseProxyTarget(text)).toBeUndefined();
  });
});
