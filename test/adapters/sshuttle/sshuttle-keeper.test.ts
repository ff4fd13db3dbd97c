import { beforeEach, describe, expect, it } from 'vitest';
import { SshuttleKeeper, type KeeperParts } from '../../../src/adapters/sshuttle/sshuttle-keeper.ts';
import { TunnelError } from '../../../src/domain/errors.ts';
import { abortable, deferred } from '../../../src/domain/promises.ts';
import { FakeClock, settle } from '../../fakes/fake-clock.ts';

const never = new AbortController().signal;

/** A run that goes on until a test ends it. */
class FakeRun {
  readonly #gone = deferred<void>();
  readonly gone = this.#gone.promise;
  words = '';
  ends = 0;
  endFailure: Error | undefined;

  die(words: string): void {
    this.words = words;
    this.#gone.resolve();
  }

  async end(): Promise<void> {
    this.ends++;
    this.#gone.resolve();
    if (this.endFailure) throw this.endFailure;
  }
}

describe('keeping sshuttle', () => {
  let clock: FakeClock;
  let runs: FakeRun[];
  /** Fails, or lasts, before a start has a run. */
  let beforeStart: (signal: AbortSignal) => Promise<void>;
  let warnings: string[];
  let parts: KeeperParts;

  beforeEach(() => {
    clock = new FakeClock();
    runs = [];
    beforeStart = async () => undefined;
    warnings = [];
    parts = {
      clock,
      start: async (signal) => {
        await beforeStart(signal);
        const run = new FakeRun();
        runs.push(run);
        return run;
      },
      warn: ({ message }) => warnings.push(message),
    };
  });
  const open = (): Promise<SshuttleKeeper> => SshuttleKeeper.open(parts, never);
  const cantStart = (): Promise<never> => Promise.reject(new TunnelError({ code: 'TUNNEL_FAILED', message: 'no way' }));

  it('fails with the first start', async () => {
    beforeStart = cantStart;
    await expect(open()).rejects.toThrow('no way');
  });

  it('ends what runs, once, and is lost to nobody then', async () => {
    const keeper = await open();
    await keeper.close();
    expect([await keeper.lost, runs[0]?.ends, warnings, clock.sleeping]).toEqual([undefined, 1, [], 0]);
  });

  it('starts another when one ends, after that one is done with, and says its last words', async () => {
    const keeper = await open();
    runs[0]?.die('fatal: ssh connection lost');
    await settle();
    expect(warnings).toEqual(['sshuttle ended, and is started again; it said: fatal: ssh connection lost']);
    expect([runs.length, runs[0]?.ends]).toEqual([1, 1]);
    await clock.advance(500);
    expect(runs).toHaveLength(2);
    runs[1]?.die('');
    await clock.advance(500);
    expect([runs.length, warnings[1]]).toEqual([3, 'sshuttle ended, and is started again']);
    await keeper.close();
    expect([runs[2]?.ends, clock.sleeping]).toEqual([1, 0]);
  });

  it('tries again, more and more seldom, while the path to the pod is away', async () => {
    const keeper = await open();
    const triesAt: number[] = [];
    beforeStart = async () => {
      triesAt.push(clock.now());
      if (triesAt.length < 6) await cantStart();
    };
    runs[0]?.die('');
    await clock.advance(60_000);
    expect(triesAt).toEqual([500, 1500, 3500, 7500, 12_500, 17_500]);
    expect(runs).toHaveLength(2);
    await keeper.close();
  });

  it('gives up for good after five minutes, and says why', async () => {
    const keeper = await open();
    beforeStart = cantStart;
    runs[0]?.die('');
    const lost = await clock.runUntilDone(keeper.lost);
    expect(lost).toMatchObject({ code: 'TUNNEL_LOST', message: "sshuttle can't be started again: no way" });
    expect(clock.now()).toBeGreaterThan(300_000);
    expect(clock.now()).toBeLessThan(310_000);
    await keeper.close();
    expect(clock.sleeping).toBe(0);
  });

  it('gives up at once where one doesn’t end: two would fight for the machine', async () => {
    const keeper = await open();
    const [run] = runs;
    if (run) run.endFailure = new TunnelError({ code: 'TUNNEL_LOST', message: "sshuttle doesn't end" });
    run?.die('');
    expect(await keeper.lost).toMatchObject({ message: "sshuttle can't be started again: sshuttle doesn't end" });
    await clock.advance(10_000);
    expect(runs).toHaveLength(1);
  });

  it.each([
    ['in the pause before it', 100],
    ['while it gets ready', 5000],
  ])('ends during a start: %s', async (_what, afterMs) => {
    const keeper = await open();
    beforeStart = (signal) => abortable(new Promise<void>(() => undefined), signal);
    runs[0]?.die('');
    await clock.advance(afterMs);
    await keeper.close();
    expect([await keeper.lost, runs.length, clock.sleeping]).toEqual([undefined, 1, 0]);
  });

  it('ends one that becomes ready at the same moment', async () => {
    const keeper = await open();
    const ready = deferred<void>();
    beforeStart = () => ready.promise;
    runs[0]?.die('');
    await clock.advance(500);
    const closed = keeper.close();
    ready.resolve();
    await closed;
    expect(runs[1]?.ends).toBe(1);
  });
});
