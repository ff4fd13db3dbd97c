import { describe, expect, it } from 'vitest';
import { ClusterError, TunnelError, type ClusterCode } from '../../../src/domain/errors.ts';
import { brieflyMs, isWorthAnotherTry, patienceWith } from '../../../src/domain/session/api-patience.ts';

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

describe('isWorthAnotherTry', () => {
  it.each([
    ['an API that is away, within the limit', failed('API_UNREACHABLE'), 59_999, 60_000, true],
    ['an API that is away, at the limit', failed('API_UNREACHABLE'), 60_000, 60_000, false],
    ['a refusal just after a restart', failed('FORBIDDEN'), brieflyMs - 1, 60_000, true],
    ['a refusal that lasts', failed('FORBIDDEN'), brieflyMs, 60_000, false],
    ['a refusal beyond a short limit', failed('FORBIDDEN'), 2000, 2000, false],
    ['credentials that ended', failed('UNAUTHORIZED'), 0, 60_000, false],
  ])('%s', (_name, error, triedMs, limitMs, worth) => {
    expect(isWorthAnotherTry(error, triedMs, limitMs)).toBe(worth);
  });
});
