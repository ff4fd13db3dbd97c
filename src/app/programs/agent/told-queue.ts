import type { ToldName, ToldNames } from '../../../domain/dns/told-name.ts';

/** So many wait for a laptop that asks for them again and again; of more only their number is kept. */
const mostWaiting = 256;

/** Names that were answered in the pod, until the laptop asks which. */
export class ToldQueue {
  #names: ToldName[] = [];
  #dropped = 0;
  #isClosed = false;
  readonly #waiting = new Set<() => void>();

  tell(told: ToldName | undefined): void {
    if (!told || this.#isClosed) return;
    if (this.#names.length < mostWaiting) this.#names.push(told);
    else this.#dropped += 1;
    this.#wake();
  }

  /** All that wait, and as soon as there are any; none after `waitMs`, or when it is closed. */
  async take(waitMs: number): Promise<ToldNames> {
    if (this.#names.length === 0 && waitMs > 0 && !this.#isClosed) await this.#any(waitMs);
    const taken = { names: this.#names, dropped: this.#dropped };
    this.#names = [];
    this.#dropped = 0;
    return taken;
  }

  /** Nothing more is told. */
  close(): void {
    this.#isClosed = true;
    this.#names = [];
    this.#wake();
  }

  #any(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      this.#waiting.add(done);
    });
  }

  #wake(): void {
    for (const done of this.#waiting) done();
  }
}
