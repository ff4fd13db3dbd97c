import { describe, expect, it } from 'vitest';
import { decideClaim, isClaimFresh, type LeaseFacts } from '../../../src/domain/session/lease-machine.ts';

const facts = (changes: Partial<LeaseFacts>): LeaseFacts => ({
  holder: 'ann@laptop',
  claims: 0,
  silentMs: 0,
  durationMs: 30_000,
  version: '1',
  hold: undefined,
  ...changes,
});
const by = 'bob@desk (pid 7)';

describe('decideClaim', () => {
  it.each<[string, LeaseFacts | undefined, number | undefined, string]>([
    ['a Lease that is gone', undefined, 0, 'gone'],
    ['a session that speaks', facts({ silentMs: 9000 }), undefined, 'live'],
    ['one that was silent for just less than it may', facts({ silentMs: 29_000 }), undefined, 'live'],
    ['one that was silent for as long as it may', facts({ silentMs: 30_000 }), undefined, 'claim'],
    ['the same, for who waits longer', facts({ silentMs: 119_000 }), 120_000, 'live'],
    ['the same, when that has passed', facts({ silentMs: 120_000 }), 120_000, 'claim'],
    ['one whose process is dead', facts({}), 0, 'claim'],
    ['somebody else’s claim', facts({ claims: 1, holder: 'guardian' }), 0, 'claimed'],
    ['a claim that fell silent', facts({ claims: 1, holder: 'guardian', silentMs: 30_000 }), 120_000, 'claim'],
    ['one’s own claim', facts({ claims: 2, holder: by, silentMs: 15_000 }), undefined, 'claim'],
    ['a session of the claimer’s name that was never claimed', facts({ holder: by }), undefined, 'live'],
  ])('%s: %#', (_what, lease, silenceMs, decision) => {
    expect(decideClaim(lease, { by, silenceMs })).toBe(decision);
  });
});

describe('isClaimFresh', () => {
  it('trusts a claim for half of the time after which others may follow', () => {
    expect([isClaimFresh(14_999, facts({})), isClaimFresh(15_000, facts({}))]).toEqual([true, false]);
  });
});
