import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hasFfi } from '../adapters/tun/launcher-bed.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const canMeasure = process.platform === 'linux' && hasFfi() && spawnSync('iperf3', ['--version']).status === 0;

/** Rows that scripts outside of this repository ask for by name. */
const packetRows = 'tcp-up-1 tcp-down-1 tcp-up-8 tcp-down-8 rtt-100b connect-rate udp-64b-up udp-64b-down idle-10k allocations'.split(' ');
const clusterRows = [
  'cluster-up-1 cluster-down-1 cluster-10ms-up-1 cluster-10ms-down-1 cluster-loss-up-1 cluster-loss-down-1',
  'request-under-bulk cpu-per-gb-up cpu-per-gb-down start',
].flatMap((names) => names.split(' '));

interface Result {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly peer: string;
  readonly peerValue: number;
  readonly ratio: number;
  readonly goal: number | null;
}

function bench(...args: readonly string[]) {
  const env = { ...process.env, INPOD_E2E_KUBECONFIG: undefined };
  return spawnSync(process.execPath, ['scripts/bench.mjs', ...args], { cwd: root, encoding: 'utf8', env });
}

function expectResults(text: string): readonly Result[] {
  const { results, ...rest } = JSON.parse(text) as { readonly results: readonly Result[] };
  expect(rest).toEqual({});
  for (const { name, unit, value, peer, peerValue, ratio, goal, ...others } of results) {
    expect([typeof name, typeof unit, typeof peer, others]).toEqual(['string', 'string', 'string', {}]);
    expect(
      [value, peerValue, ratio].every((figure) => Number.isFinite(figure)),
      name,
    ).toBe(true);
    expect(goal === null || Number.isFinite(goal), name).toBe(true);
  }
  return results;
}

describe('npm run bench', () => {
  it.skipIf(!canMeasure)('--json prints nothing but results, in their form', () => {
    const { status, stdout, stderr } = bench('--quick', '--json', 'allocations');
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    const [result, ...rest] = expectResults(stdout);
    expect([result?.name, result?.unit, rest]).toEqual(['allocations', 'B/packet', []]);
    // Less is better here: whichever way the unit runs, 1 or more is good.
    const { value = 0, peerValue = 0, ratio = 0 } = result ?? {};
    // Each has four digits, so is off by at most one in two thousand; no ratio is told above 1,000.
    if (ratio < 1000) expect(Math.abs((ratio * value) / peerValue - 1)).toBeLessThan(0.0011);
    else expect(value).toBeLessThanOrEqual(peerValue / 999);
  });

  it('has the rows that were agreed on', () => {
    const { status, stdout } = bench('--help');
    expect(status).toBe(0);
    expect([...packetRows, ...clusterRows].filter((row) => !stdout.split(/\s+/).includes(row))).toEqual([]);
  });

  it('has saved results of each row of the packet path, in the same form', () => {
    const saved = expectResults(readFileSync(`${root}/bench/baseline/packet-path.json`, 'utf8')).map(({ name }) => name);
    expect(packetRows.filter((row) => !saved.includes(row))).toEqual([]);
  });

  it.each([
    ['a row that there is not', ['tcp-sideways']],
    ['an option that there is not', ['--fast']],
    ['no number of runs', ['--runs', '0', 'allocations']],
    ['a cluster’s row without a cluster', ['cluster-up-1']],
  ])('refuses %s with 2, and measures nothing', (_, args) => {
    const { status, stdout, stderr } = bench('--quick', '--json', ...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^bench: .+/);
  });
});
