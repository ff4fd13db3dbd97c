import type { Instant } from '../netstack/instant.ts';
import { agedAnswer, answerLifetime } from './answer-lifetime.ts';

/** A kept answer. */
export interface KeptAnswer {
  /** In wire form, its TTLs less by the time since. The id is that of the query that it was first given to. */
  readonly message: Uint8Array;
  /** Who gave it. */
  readonly side: 'cluster' | 'laptop';
}

interface Entry extends KeptAnswer {
  readonly keptAt: Instant;
  readonly lifetimeSeconds: number;
}

/** Answers by their questions' keys, each for its lifetime; of more than `capacityBytes` the oldest go. */
export class AnswerCache {
  readonly #entries = new Map<string, Entry>();
  readonly #capacityBytes: number;
  #bytes = 0;

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
  }

  /** An answer that has time left. A TTL is counted in whole seconds, as name servers do. */
  find(key: string, now: Instant): KeptAnswer | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    const seconds = Math.floor((now - entry.keptAt) / 1000);
    if (seconds < entry.lifetimeSeconds) return { side: entry.side, message: agedAnswer(entry.message, seconds) };
    this.#forget(key);
    return undefined;
  }

  /** Keeps what may be kept. The cache owns `message` from here on. */
  keep(key: string, { message, side }: KeptAnswer, now: Instant): void {
    this.#forget(key);
    const lifetimeSeconds = answerLifetime(message);
    if (lifetimeSeconds === 0) return;
    this.#entries.set(key, { message, side, keptAt: now, lifetimeSeconds });
    this.#bytes += size(key, message);
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#capacityBytes) break;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#bytes -= size(key, entry.message);
    this.#entries.delete(key);
  }
}

/** What an entry takes besides is about as much again. */
function size(key: string, message: Uint8Array): number {
  return key.length + message.length + 200;
}
