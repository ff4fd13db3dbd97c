import { execFileSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  chunkBytes,
  decodeReply,
  encodeRequest,
  type LauncherReply,
  type LauncherRequest,
} from '../../../src/adapters/tun/launcher-codec.ts';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import { compileNative } from './launcher-build.ts';

const loopback = { id: 7, address: ip('127.0.0.1'), port: 8080 };
const requests: readonly (readonly [string, LauncherRequest])[] = [
  [
    'configure',
    {
      type: 'configure',
      mtuBytes: 65520,
      plainTun: true,
      resolvConfBytes: 0x010203,
      hostsBytes: 0x0405,
      addresses: [ip('10.42.0.9'), ip('fd00:42::9')],
      gateway: ip('10.42.0.1'),
      hostname: 'pod-abc',
    },
  ],
  ['file', { type: 'file', file: 'hosts', data: Buffer.from('a\nb') }],
  ['spawn-data', { type: 'spawn-data', part: 'environment', data: Uint8Array.of(0x41, 0x3d, 0xff, 0) }],
  ['spawn', { type: 'spawn', umask: 0o22, argumentCount: 2, variableCount: 3, descriptors: [5, 77], openFiles: 1024 }],
  ['signal', { type: 'signal', number: 15 }],
  ['listen', { type: 'listen', ...loopback }],
  ['connect', { type: 'connect', ...loopback }],
];
const replies: readonly (readonly [string, LauncherReply])[] = [
  [
    'ready',
    {
      type: 'ready',
      userNamespace: true,
      sysctlsDenied: false,
      noIpv6: true,
      offloads: 7,
      vnetHeaderBytes: 10,
      launcherPid: 4242,
      mtuBytes: 65520,
    },
  ],
  ['failed', { type: 'failed', error: 13, step: 'open /dev/net/tun', text: 'Permission denied' }],
  ['spawned', { type: 'spawned', pid: 4243, procError: 1 }],
  ['exec-failed', { type: 'exec-failed', error: 2, code: 127, stage: 'cwd' }],
  ['stopped', { type: 'stopped', signal: 20 }],
  ['exited', { type: 'exited', code: 3, signal: 9 }],
  ['socket', { type: 'socket', id: 7, error: 111 }],
];

describe.skipIf(process.platform !== 'linux')('the codec and the C header', () => {
  const golden = new Map<string, string>();

  beforeAll(async () => {
    const lines = execFileSync((await compileNative()).goldenMessages, { encoding: 'utf8' })
      .trim()
      .split('\n');
    for (const line of lines) golden.set(line.split(' ')[0] ?? '', line.split(' ')[1] ?? '');
  });

  it('know the same messages', () => {
    expect([...golden.keys()]).toEqual([...requests, ...replies].map(([name]) => name));
  });

  it.each(requests)('agree on the bytes of %s', (name, request) => {
    expect(Buffer.from(encodeRequest(request)).toString('hex')).toBe(golden.get(name));
  });

  it.each(replies)('agree on the meaning of %s', (name, reply) => {
    expect(decodeReply(Buffer.from(golden.get(name) ?? '', 'hex'))).toEqual(reply);
  });
});

describe('encodeRequest', () => {
  it("refuses what a fixed field can't hold", () => {
    const [, configure] = requests[0] ?? [];
    if (configure?.type !== 'configure') throw new RangeError('the first request is CONFIGURE');
    expect(() => encodeRequest({ ...configure, hostname: 'x'.repeat(65) })).toThrow(RangeError);
    expect(() => encodeRequest({ ...configure, addresses: Array.from({ length: 9 }, () => ip('10.0.0.1')) })).toThrow(RangeError);
    expect(() =>
      encodeRequest({
        type: 'spawn',
        umask: 0,
        argumentCount: 1,
        variableCount: 0,
        openFiles: 0,
        descriptors: Array.from({ length: 65 }, (_, i) => i),
      }),
    ).toThrow(RangeError);
    expect(() => encodeRequest({ type: 'file', file: 'hosts', data: new Uint8Array(chunkBytes + 1) })).toThrow(RangeError);
  });
});

describe('decodeReply', () => {
  it.each([
    ['nothing', ''],
    ['half a header', '65000000'],
    ['another length than the header says', '690000000400000014'],
    ["a body of another message's length", '6900000008000000140000000000000000'],
    ['a request', '05000000040000000f000000'],
    ['an unknown type', 'ff0000000400000014000000'],
  ])('takes %s for none', (_, hex) => {
    expect(decodeReply(Buffer.from(hex, 'hex'))).toBeUndefined();
  });
});
