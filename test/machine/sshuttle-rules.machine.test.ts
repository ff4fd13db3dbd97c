import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rulesOfThisMachine } from '../../src/adapters/sshuttle/sshuttle-rules.ts';
import type { MachineChange } from '../../src/domain/session/machine-change.ts';
import { isInstalled } from '../integration/support/is-installed.ts';

const never = new AbortController().signal;
const sh = (script: string): string => execFileSync('/bin/sh', ['-euc', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
const rules = rulesOfThisMachine(process.env, async () => []);

/** As sshuttle makes them (methods/nft.py, methods/nat.py). */
const makes = {
  nft: (port: number) =>
    ['ipv4', 'ipv6'].map((family) => `sshuttle-${family}-${port}`).map(
      (table) => `nft add table inet ${table}
        nft add chain inet ${table} output '{ type nat hook output priority -100; policy accept; }'
        nft add chain inet ${table} ${table}
        nft add rule inet ${table} output jump ${table}
        nft add rule inet ${table} ${table} meta l4proto tcp ip daddr 192.0.2.0/24 redirect to :${port}`,
    ).join('\n'), // prettier-ignore
  nat: (port: number) =>
    ['iptables', 'ip6tables'].map(
      (program) => `${program} -w -t nat -N sshuttle-${port}
        ${program} -w -t nat -I OUTPUT 1 -j sshuttle-${port}
        ${program} -w -t nat -I PREROUTING 1 -j sshuttle-${port}
        ${program} -w -t nat -A sshuttle-${port} -j REDIRECT -p tcp --to-ports ${port}`,
    ).join('\n'), // prettier-ignore
} as const;

describe.each(['nft', 'nat'] as const)('rules by %s that nobody took back', (method) => {
  const needed = method === 'nft' ? 'nft' : 'iptables';
  const change: MachineChange = { kind: 'sshuttle-rules', method, port: 20_001, ipv6: true };
  const saved = (): string => sh('nft list ruleset; iptables-save; ip6tables-save').replaceAll(/^#.*/gm, '');
  let before: string;

  /** A neighbour's stay. */
  beforeEach(() => {
    sh(makes[method](20_000));
    before = saved();
  });
  afterEach(async () => {
    await rules.undo({ ...change, port: 20_000 }, never);
    expect(saved()).not.toContain('sshuttle');
  });

  describe.skipIf(!isInstalled(needed))('and whose program is installed', () => {
    it.each<[string, () => Promise<void>]>([
      ['by us', () => rules.undo(change, never)],
      ['by a shell', async () => void sh(`${rules.scriptOf(change)} || exit 0`)],
    ])('go %s, and nothing else does; again changes nothing', async (_what, undo) => {
      sh(makes[method](20_001));
      expect(saved()).not.toBe(before);
      for (let time = 0; time < 2; time++) {
        await undo();
        expect(saved()).toBe(before);
      }
    });

    it('that were made in part go too', async () => {
      const [first = ''] = makes[method](20_001).split('\n');
      sh(first);
      await rules.undo(change, never);
      expect(saved()).toBe(before);
    });
  });
});
