import type { ClockPort } from '../../src/domain/ports/clock-port.ts';
import { instant, type Instant } from '../../src/domain/netstack/instant.ts';

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A wall time of no meaning: what `wallMs` says at virtual time 0. */
const epochMs = 1_700_000_000_000;

/** Lets everything happen that needs no time: all microtasks, and what they start. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Virtual time: stands still until a test moves it. */
export class FakeClock implements ClockPort {
  #now = 0;
  readonly #sleepers = new Set<Sleeper>();

  now(): Instant {
    return instant(this.#now);
  }

  wallMs(): number {
    return epochMs + this.#now;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const forget = (): void => {
        this.#sleepers.delete(sleeper);
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        forget();
        reject(signal.reason);
      };
      const sleeper = {
        at: this.#now + ms,
        wake: () => {
          forget();
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#sleepers.add(sleeper);
    });
  }

  /** Sleeps that go on: after a test there should be none. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Moves time on by `ms`; who is due is woken at their own time, in order, and does what follows before the next one. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let next = this.#next(); next && next.at <= until; next = this.#next()) await this.#wake(next);
    this.#now = until;
    await settle();
  }

  /** Moves time on just as far as `work` needs. Fails where `work` waits for no sleeper, or for more than `limitMs`. */
  async runUntilDone<T>(work: Promise<T>, limitMs = 3_600_000): Promise<T> {
    let done = false;
    const mark = (): void => {
      done = true;
    };
    work.then(mark, mark);
    const until = this.#now + limitMs;
    for (await settle(); !done; await settle()) {
      const next = this.#next();
      if (!next || next.at > until) throw new Error(`nothing happens any more at ${this.#now} ms of virtual time`);
      await this.#wake(next);
    }
    return work;
  }

  #next(): Sleeper | undefined {
    return [...this.#sleepers].toSorted((a, b) => a.at - b.at)[0];
  }

  async #wake(sleeper: Sleeper): Promise<void> {
    this.#now = Math.max(this.#now, sleeper.at);
    sleeper.wake();
    await settle();
  }
}
