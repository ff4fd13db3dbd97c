import { describe, expect, it } from 'vitest';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import { emitMethod, emitReply, parseGreeting, parseRequest, socksReplies } from '../../../src/domain/socks/socks-wire.ts';

const name = (text: string): number[] => [text.length, ...Buffer.from(text)];

describe('greeting', () => {
  it.each([
    ['without credentials', [5, 1, 0], { value: true, length: 3 }],
    ['among several methods', [5, 3, 1, 2, 0, 99], { value: true, length: 5 }],
    ['with a password alone', [5, 1, 2], { value: false, length: 3 }],
    ['without any method', [5, 0], { value: false, length: 2 }],
    ['half of one', [5, 2, 0], 'incomplete'],
    ['nothing yet', [], 'incomplete'],
    ['of SOCKS4', [4, 1, 0, 80], 'malformed'],
    ['of HTTP', [...Buffer.from('GET / HTTP/1.1')], 'malformed'],
  ] as const)('%s', (_name, bytes, parsed) => {
    expect(parseGreeting(Uint8Array.from(bytes))).toEqual(parsed);
  });

  it('is answered', () => {
    expect([...emitMethod(true), ...emitMethod(false)]).toEqual([5, 0, 5, 0xff]);
  });
});

describe('request', () => {
  it.each([
    ['by IPv4', [5, 1, 0, 1, 10, 96, 0, 1, 0x1f, 0x90], { command: 'connect', host: '10.96.0.1', port: 8080 }],
    ['by IPv6', [5, 1, 0, 4, 0xfd, ...Array<number>(14).fill(0), 7, 0, 80], { command: 'connect', host: 'fd00::7', port: 80 }],
    ['by name', [5, 1, 0, 3, ...name('web.shop'), 0, 80], { command: 'connect', host: 'web.shop', port: 80 }],
    ['that resolves', [5, 0xf0, 0, 3, ...name('web'), 0, 0], { command: 'resolve', host: 'web', port: 0 }],
    ['that resolves back', [5, 0xf1, 0, 1, 10, 0, 0, 1, 0, 0], { command: 'resolve-ptr', host: '10.0.0.1', port: 0 }],
    ['to bind', [5, 2, 0, 1, 0, 0, 0, 0, 0, 0], socksReplies.commandNotSupported],
    ['for datagrams', [5, 3, 0, 1, 0, 0, 0, 0, 0, 0], socksReplies.commandNotSupported],
    ['of an unknown address form', [5, 1, 0, 2, 9, 9], socksReplies.addressTypeNotSupported],
    ['by an empty name', [5, 1, 0, 3, 0, 0, 80], socksReplies.hostUnreachable],
    ['by a name with a NUL', [5, 1, 0, 3, ...name('a\0b'), 0, 80], socksReplies.hostUnreachable],
  ] as const)('%s', (_name, bytes, value) => {
    expect(parseRequest(Uint8Array.from(bytes))).toEqual({ value, length: bytes.length });
    const more = Uint8Array.from([...bytes, 1, 2, 3]);
    if (value !== socksReplies.addressTypeNotSupported) expect(parseRequest(more)).toEqual({ value, length: bytes.length });
    if (value !== socksReplies.addressTypeNotSupported)
      for (let cut = 0; cut < bytes.length; cut++) expect(parseRequest(Uint8Array.from(bytes.slice(0, cut)))).toBe('incomplete');
  });

  it.each([
    ['without an address', emitReply(socksReplies.refused), [5, 5, 0, 1, 0, 0, 0, 0, 0, 0]],
    ['with IPv4', emitReply(0, ip('10.96.0.1')), [5, 0, 0, 1, 10, 96, 0, 1, 0, 0]],
    ['with IPv6', emitReply(0, ip('fd00::7')), [5, 0, 0, 4, 0xfd, ...Array<number>(14).fill(0), 7, 0, 0]],
    ['with a name', emitReply(0, 'web'), [5, 0, 0, 3, ...name('web'), 0, 0]],
  ] as const)('is answered %s', (_name, reply, bytes) => {
    expect([...reply]).toEqual(bytes);
  });
});
