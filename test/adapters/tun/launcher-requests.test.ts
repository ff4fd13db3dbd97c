import { describe, expect, it } from 'vitest';
import type { LauncherRequest } from '../../../src/adapters/tun/launcher-codec.ts';
import { configureRequests, spawnRequests } from '../../../src/adapters/tun/launcher-requests.ts';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';

/** What the launcher puts together of one blob's chunks. */
function joined(requests: readonly LauncherRequest[], name: string): Buffer {
  return Buffer.concat(
    requests.flatMap((r) => ((r.type === 'file' && r.file === name) || (r.type === 'spawn-data' && r.part === name) ? [r.data] : [])),
  );
}

describe('configureRequests', () => {
  it('announces the files in bytes and cuts them into chunks', () => {
    const hosts = 'ü'.repeat(20_000);
    const requests = [
      ...configureRequests({
        hostname: 'pod',
        addresses: [ip('10.0.0.1')],
        gateway: ip('10.0.0.2'),
        mtuBytes: 65520,
        plainTun: false,
        resolvConf: 'x',
        hosts,
      }),
    ];
    expect(requests[0]).toMatchObject({ type: 'configure', resolvConfBytes: 1, hostsBytes: 40_000 });
    expect(requests.map(({ type }) => type)).toEqual(['configure', 'file', 'file', 'file']);
    expect(joined(requests, 'hosts').toString()).toBe(hosts);
  });

  it('sends no chunk of an empty file', () => {
    const requests = [
      ...configureRequests({
        hostname: 'pod',
        addresses: [ip('10.0.0.1')],
        gateway: ip('10.0.0.2'),
        mtuBytes: 65520,
        plainTun: false,
        resolvConf: '',
        hosts: '',
      }),
    ];
    expect(requests.map(({ type }) => type)).toEqual(['configure']);
  });
});

describe('spawnRequests', () => {
  it('ends each string with NUL, keeps bytes, and counts', () => {
    const environment = [
      { name: Buffer.from('A'), value: Uint8Array.of(0xff, 0x3d) },
      { name: Buffer.from('EMPTY'), value: new Uint8Array() },
    ];
    const requests = [...spawnRequests({ argv: ['sh', '', 'ü'], environment, cwd: '/tmp', umask: 0o27 }, [5])];
    expect(joined(requests, 'cwd').toString()).toBe('/tmp\0');
    expect(joined(requests, 'argv').toString()).toBe('sh\0\0ü\0');
    expect([...joined(requests, 'environment')]).toEqual([...Buffer.from('A='), 0xff, 0x3d, 0, ...Buffer.from('EMPTY=\0')]);
    expect(requests.at(-1)).toEqual({ type: 'spawn', umask: 0o27, descriptors: [5], openFiles: 0, argumentCount: 3, variableCount: 2 });
  });
});
