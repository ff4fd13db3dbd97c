import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hasFfi, makeDirectory, makePeople } from '../adapters/tun/launcher-bed.ts';
import { gateway, ports, servers } from './support/kernel-addresses.ts';
import { KernelBed } from './support/kernel-bed.ts';

const nobody = { people: [], openTun: () => undefined, restore: () => undefined };
const { people, openTun, restore } = process.platform === 'linux' && hasFfi() ? makePeople() : nobody;
const person = people.at(-1);
const hasTcpdump = spawnSync('tcpdump', ['--version']).status === 0;
afterAll(() => {
  restore();
});

/** What tcpdump says of each packet, in one line; it verifies every checksum. */
function read(file: string): string[] {
  const { stdout, stderr, status } = spawnSync('tcpdump', ['-nn', '-vv', '-r', '-'], {
    input: readFileSync(file),
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: 'reading from file -, link-type RAW (Raw IP), snapshot length 262144\n' });
  return stdout.replaceAll('\n    ', ' ').trim().split('\n');
}

describe.skipIf(!person || !hasTcpdump).each(['best', 'plain'] as const)('a capture of a session of an ordinary user, TUN %s', (device) => {
  it('is read by tcpdump, every packet of it, with checksums that are right where they are ours', async () => {
    const directory = makeDirectory();
    const capturePath = join(directory.path, 'session.pcap');
    openTun();
    const bed = await KernelBed.open(person ?? { name: '', uid: 0, gid: 0 }, { device, capturePath });
    try {
      for (const host of Object.values(servers)) {
        await bed.act('download', { host, port: ports.source, bytes: 200_000, seed: 1 });
        await bed.act('upload', { host, port: ports.sink, bytes: 200_000, seed: 1 });
        await bed.act('udp', { host, port: ports.echo, sizes: [0, 1, 1000] });
        await bed.act('udp', { host, port: ports.refused, sizes: [4] });
      }
      await bed.run(['ping', '-c', '1', gateway]);
    } finally {
      await bed.close();
    }
    const packets = read(capturePath);
    directory.remove();
    const about = (pattern: RegExp): string[] => packets.filter((line) => pattern.test(line));
    for (const kind of [/IP .*Flags \[S\.\]/, /IP6 .*Flags \[S\.\]/, /IP .*UDP, length 1000/, /IP6 .*UDP, length 1000/])
      expect(about(kind)).not.toEqual([]);
    expect(about(/ICMP echo reply/)).toHaveLength(1);
    expect(about(/port 111 unreachable|unreachable port.* 111/)).toHaveLength(2);
    expect(about(/truncated|missing|bad-len|bad cksum \d/)).toEqual([]);
    // With offload the other side, or nobody, completes those of TCP and UDP; all others are whole.
    const areOurs = device === 'plain' ? packets : about(/ICMP/);
    expect(areOurs.filter((line) => /incorrect|bad udp cksum|wrong|bad icmp/.test(line))).toEqual([]);
    expect(about(/Flags.*\(incorrect/).length > 0).toBe(device === 'best');
    expect(about(/\(correct\)/).length > 0).toBe(device === 'plain');
  });
});
