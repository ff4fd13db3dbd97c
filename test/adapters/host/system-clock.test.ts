import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/adapters/host/system-clock.ts';

describe('systemClock', () => {
  it('goes forward while it sleeps', async () => {
    const before = systemClock.now();
    await systemClock.sleep(20, new AbortController().signal);
    expect(systemClock.now() - before).toBeGreaterThanOrEqual(19);
    expect(Math.abs(systemClock.wallMs() - Date.now())).toBeLessThan(1000);
  });

  it.each(['before', 'while'])('rejects with the reason when it is ended %s it sleeps', async (when) => {
    const ending = new AbortController();
    const reason = new Error('ended');
    if (when === 'before') ending.abort(reason);
    const asleep = systemClock.sleep(600_000, ending.signal);
    ending.abort(reason);
    await expect(asleep).rejects.toBe(reason);
  });
});
