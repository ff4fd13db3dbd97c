/** Something that has output for the device. The queue alone writes `isQueued`. */
export interface Worker {
  isQueued: boolean;
}

/** Places at the start; a power of two, as at any time. */
const firstPlaces = 16;

/** What has output, first come first served, each at most once: a circular array, which grows by doubling, and allocates nothing once it is large enough. */
export class WorkQueue<W extends Worker> {
  #places = emptyPlaces<W>(firstPlaces);
  #head = 0;
  #count = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  push(worker: W): void {
    if (worker.isQueued) return;
    worker.isQueued = true;
    if (this.#count === this.#places.length) this.#grow();
    this.#places[(this.#head + this.#count) & (this.#places.length - 1)] = worker;
    this.#count++;
  }

  peek(): W | undefined {
    return this.#places[this.#head];
  }

  /** Removes the first, which may then be pushed again: to the end. */
  shift(): void {
    const worker = this.#places[this.#head];
    if (!worker) return;
    worker.isQueued = false;
    this.#places[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#places.length - 1);
    this.#count--;
  }

  #grow(): void {
    const inOrder = [...this.#places.slice(this.#head), ...this.#places.slice(0, this.#head)];
    this.#places = [...inOrder, ...emptyPlaces<W>(inOrder.length)];
    this.#head = 0;
  }
}

function emptyPlaces<W>(count: number): (W | undefined)[] {
  return Array.from({ length: count }, () => undefined);
}
