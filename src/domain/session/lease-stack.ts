/**
 * Holds what was acquired and releases it last in, first out: all of it, whatever fails.
 * Node 20 has no `AsyncDisposableStack`; this is the part of it that a session needs, plus names.
 */
export class LeaseStack<What extends string = string> {
  readonly #held: { what: What; release: () => Promise<void> }[] = [];
  #releasing: Promise<void> | undefined;

  /** Takes charge of `release`; it is called once at the end. */
  push(what: What, release: () => Promise<void>): void {
    this.#held.push({ what, release });
  }

  /** What is still held, in the order in which it will be released. */
  get held(): readonly What[] {
    return this.#held.map((one) => one.what).reverse();
  }

  /**
   * Releases everything, once; later calls join the first.
   * @throws AggregateError of all failures, after every release was tried
   */
  releaseAll(): Promise<void> {
    this.#releasing ??= this.#drain();
    return this.#releasing;
  }

  async #drain(): Promise<void> {
    const failures: unknown[] = [];
    for (let last = this.#held.at(-1); last; last = this.#held.at(-1)) {
      try {
        await last.release();
      } catch (error) {
        if (!failures.includes(error)) failures.push(error); // two may wait for the same
      }
      this.#held.splice(this.#held.indexOf(last), 1); // not always the last one still: something may have come meanwhile
    }
    if (failures.length > 0) throw new AggregateError(failures, 'not everything could be released');
  }
}
