import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeSshuttle } from '../../src/app/wiring/sshuttle-module.ts';
import { ip } from '../../src/domain/netstack/address/ip-address.ts';
import type { TunnelLease } from '../../src/domain/ports/tunnel-port.ts';
import { machineChangeKey } from '../../src/domain/session/machine-change.ts';
import { eventually } from '../e2e/support/eventually.ts';
import { MemoryNetwork } from '../fakes/memory-network.ts';
import { isInstalled } from '../integration/support/is-installed.ts';
import { cidr } from '../support/cidr.ts';
import { killAtOnce, markedProcesses } from '../support/marked-processes.ts';
import { MemoryNetworkPod } from '../support/memory-network-pod.ts';

const native = (name: string): string => fileURLToPath(new URL(`../../native/build/${name}`, import.meta.url));
const output = (...command: readonly [string, ...string[]]): string => execFileSync(command[0], command.slice(1), { encoding: 'utf8' });
const machine = (): string =>
  [output('nft', 'list', 'ruleset'), output('ip', 'route', 'show', 'table', 'all'), readFileSync('/etc/resolv.conf', 'utf8')].join('\n');

const parts = { client: /^\S*python\S* .*--remote/, helper: /^\S*python\S* .*--firewall/, holder: /^\/bin\/sh -c trap/ } as const;

describe.skipIf(!isInstalled('sshuttle'))('sshuttle that is killed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'inpod-sshuttle-'));
  const mark = `INPODTEST_SSHUTTLE=${folder}`;
  const minded = new Set<string>();
  const warnings: string[] = [];
  let pod: MemoryNetworkPod;
  let lease: TunnelLease;
  let before: string;

  beforeAll(async () => {
    pod = await MemoryNetworkPod.open('10.244.3.17');
    pod.moveTo(new MemoryNetwork());
  });
  afterAll(async () => {
    await pod.close();
    rmSync(folder, { recursive: true });
  });
  beforeEach(async () => {
    before = machine();
    warnings.length = 0;
    lease = await makeSshuttle({
      environment: { ...process.env, [mark.split('=')[0] ?? '']: folder },
      sessionsFolder: folder,
      files: { launcher: native('inpod-launcher'), nativeLibrary: native('libinpodtun.so') },
    }).open(
      {
        sessionId: 'suite',
        hostname: 'suite-pod',
        addresses: [ip('10.244.3.17')],
        gateway: ip('198.19.255.53'),
        files: { resolvConf: 'nameserver 198.19.255.53\nsearch default.svc.cluster.local\n', hosts: '' },
        outbound: new MemoryNetwork(),
        networks: { cluster: [cidr('10.96.0.0/16'), cidr('10.244.0.0/16'), cidr('fd00:96::/64')], laptop: [] },
        pod: pod.services,
        changes: {
          intend: async (change) => void minded.add(machineChangeKey(change)),
          undone: async (change) => void minded.delete(machineChangeKey(change)),
        },
        warn: ({ message }) => warnings.push(message),
      },
      [0, 1, 2],
      new AbortController().signal,
    );
  });
  afterEach(async () => {
    await lease.close();
    expect(machine()).toBe(before);
    expect([[...minded], markedProcesses(mark)]).toEqual([[], []]);
  });

  const kill = (...which: readonly (keyof typeof parts)[]): void => {
    const running = markedProcesses(mark);
    const pids = which.map((one) => running.find(({ commandLine }) => parts[one].test(commandLine))?.pid ?? 0);
    expect(pids.every((pid) => pid > 0), JSON.stringify(running)).toBe(true); // prettier-ignore
    killAtOnce(pids);
  };

  /** Those of sshuttle, as they are and as they were told. */
  const tables = (): readonly (readonly string[])[] => {
    const there = output('nft', 'list', 'tables').match(/sshuttle-\S+/g) ?? [];
    const told = [...minded].flatMap((key) => ['ipv4', 'ipv6'].map((family) => `sshuttle-${family}-${key.split('/').at(-1)}`));
    return [there.toSorted(), told];
  };

  it('has the tables that were told before, by IPv4 and IPv6', () => {
    const [there, told] = tables();
    expect(told).toHaveLength(2);
    expect(there).toEqual(told);
  });

  it.each<[string, readonly (keyof typeof parts)[]]>([
    ['by itself', ['client']],
    ['with its helper', ['helper', 'client']],
    ['with its helper and the shell that holds it', ['helper', 'client', 'holder']],
  ])('%s, is started again, and leaves nothing', async (_what, which) => {
    const first = markedProcesses(mark).map(({ pid }) => pid);
    kill(...which);
    await eventually('another start', () => expect(warnings.join()).toMatch(/^sshuttle ended, and is started again/), 5000);
    const isAgain = (): void => {
      expect(markedProcesses(mark).filter(({ pid, commandLine }) => !first.includes(pid) && parts.helper.test(commandLine))).toHaveLength(
        1,
      );
      const [there, told] = tables();
      expect(there).toHaveLength(2);
      expect(there).toEqual(told);
    };
    await eventually('its rules alone', isAgain, 20_000);
  });

  it.each<[string, readonly (keyof typeof parts)[]]>([
    ['only in its helper, which it doesn’t notice', ['helper']],
    ['only in the shell that holds it', ['holder']],
  ])('%s, leaves nothing at its end', async (_what, which) => {
    kill(...which);
    await lease.close();
  });
});
