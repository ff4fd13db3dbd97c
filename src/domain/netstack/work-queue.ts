/** Something that has output for the device. The queue alone writes `isQueued`. */
export interface Worker {
  isQueued: boolean;
}

/** What has output, first come first served, each at most once. */
export class WorkQueue<W extends Worker> {
  #items: W[] = [];
  #next = 0;

  get isEmpty(): boolean {
    return this.#next === this.#items.length;
  }

  push(worker: W): void {
    if (worker.isQueued) return;
    worker.isQueued = true;
    this.#items.push(worker);
  }

  peek(): W | undefined {
    return this.#items[this.#next];
  }

  /** Removes the first, which may then be pushed again: to the end. */
  shift(): void {
    const worker = this.#items[this.#next];
    if (!worker) return;
    worker.isQueued = false;
    this.#next++;
    if (this.isEmpty) {
      this.#items.length = this.#next = 0;
    } else if (this.#next >= 1024 && this.#next * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#next);
      this.#next = 0;
    }
  }
}
