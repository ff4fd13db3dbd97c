import { describe, expect, it } from 'vitest';
import { ClusterError, TunnelError, type ClusterCode } from '../../../src/domain/errors.ts';
import { instant } from '../../../src/domain/netstack/instant.ts';
import { ApiPatience, brieflyMs, patienceWith } from '../../../src/domain/session/api-patience.ts';

const failed = (code: ClusterCode): ClusterError => new ClusterError({ code, message: code });

describe('patienceWith', () => {
  it.each([
    ['API_UNREACHABLE', 'while-away'],
    ['API_ERROR', 'while-away'],
    ['LEASE_CLAIMED', 'while-away'],
    ['FORBIDDEN', 'briefly'],
    ['UNAUTHORIZED', 'never'],
    ['CONFLICT', 'never'],
  ] as const)('%s: %s', (code, patience) => {
    expect(patienceWith(failed(code))).toBe(patience);
  });

  it('has none with what is no answer of a cluster', () => {
    expect(patienceWith(new TunnelError({ code: 'LINK_LOST', message: 'lost' }))).toBe('never');
    expect(patienceWith(undefined)).toBe('never');
  });
});

describe('ApiPatience', () => {
  type Tried = readonly [code: ClusterCode, atMs: number];
  const away = 'API_UNREACHABLE';

  it.each<[string, number, readonly Tried[], boolean]>([
    ['an API that is away, within the limit', 60_000, [[away, 59_999]], true],
    ['an API that is away, at the limit', 60_000, [[away, 60_000]], false],
    ['a refusal just after a restart', 60_000, [['FORBIDDEN', 0], ['FORBIDDEN', brieflyMs - 1]], true],
    ['a refusal that lasts', 60_000, [['FORBIDDEN', 0], ['FORBIDDEN', brieflyMs]], false],
    ['a refusal of an API that was away for longer', 60_000, [[away, 40_000], ['FORBIDDEN', 41_000], ['FORBIDDEN', 41_000 + brieflyMs - 1]], true],
    ['such a refusal that lasts', 60_000, [[away, 40_000], ['FORBIDDEN', 41_000], ['FORBIDDEN', 41_000 + brieflyMs]], false],
    ['a refusal before and after it was away', 60_000, [['FORBIDDEN', 0], [away, brieflyMs], ['FORBIDDEN', brieflyMs + 1]], true],
    ['a refusal beyond a short limit', 2000, [['FORBIDDEN', 0], ['FORBIDDEN', 2000]], false],
    ['credentials that ended', 60_000, [['UNAUTHORIZED', 0]], false],
  ])('%s', (_name, limitMs, tries, worth) => {
    const patience = new ApiPatience(instant(0), limitMs);
    const judged = tries.map(([code, atMs]) => patience.isWorthAnotherTry(failed(code), instant(atMs)));
    expect(judged.at(-1)).toBe(worth);
  }); // prettier-ignore
});
