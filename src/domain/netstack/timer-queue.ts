import type { Instant } from './instant.ts';

/** Something with one deadline. The queue alone writes `heapIndex` and `wakeAt`. */
export interface Timed {
  /** When `onTimer` is due, `Infinity` for never. Its owner sets it, then calls `schedule` where it may have become earlier. */
  deadline: number;
  /** Where it is in the queue, -1 for not at all. */
  heapIndex: number;
  /** When the queue looks at it next: at or before the deadline. */
  wakeAt: number;
  /** Its deadline passed, and is `Infinity` now. */
  onTimer(now: Instant): void;
}

/**
 * Deadlines of many flows, as a binary heap. Lazy: a deadline that moves later, as those of busy connections always do, costs nothing until the old one passes.
 * So `nextAt` may be earlier than any deadline; it is never later.
 */
export class TimerQueue<T extends Timed = Timed> {
  readonly #heap: T[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The entry that is looked at next; its deadline may be later. */
  get first(): T | undefined {
    return this.#heap[0];
  }

  nextAt(): number {
    return this.#heap[0]?.wakeAt ?? Infinity;
  }

  /** Makes sure that `entry` is looked at by its deadline. */
  schedule(entry: T): void {
    if (entry.heapIndex < 0) {
      if (entry.deadline === Infinity) return;
      entry.wakeAt = entry.deadline;
      this.#place(entry, this.#heap.length);
      this.#siftUp(entry);
    } else if (entry.deadline < entry.wakeAt) {
      entry.wakeAt = entry.deadline;
      this.#siftUp(entry);
    }
  }

  remove(entry: T): void {
    const index = entry.heapIndex;
    if (index < 0) return;
    entry.heapIndex = -1;
    const last = this.#heap.pop() as T;
    if (last === entry) return;
    this.#place(last, index);
    this.#siftUp(last);
    this.#siftDown(last);
  }

  /** Calls `onTimer` of all whose deadline is at or before `now`. */
  runDue(now: Instant): void {
    for (let entry = this.#heap[0]; entry && entry.wakeAt <= now; entry = this.#heap[0]) {
      this.remove(entry);
      if (entry.deadline > now) {
        this.schedule(entry);
      } else {
        entry.deadline = Infinity;
        entry.onTimer(now);
      }
    }
  }

  #place(entry: T, index: number): void {
    this.#heap[index] = entry;
    entry.heapIndex = index;
  }

  #siftUp(entry: T): void {
    let index = entry.heapIndex;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex] as T;
      if (parent.wakeAt <= entry.wakeAt) break;
      this.#place(parent, index);
      index = parentIndex;
    }
    this.#place(entry, index);
  }

  #siftDown(entry: T): void {
    let index = entry.heapIndex;
    for (;;) {
      const left = this.#heap[2 * index + 1];
      const right = this.#heap[2 * index + 2];
      const child = right && left && right.wakeAt < left.wakeAt ? right : left;
      if (!child || child.wakeAt >= entry.wakeAt) break;
      const childIndex = child.heapIndex;
      this.#place(child, index);
      index = childIndex;
    }
    this.#place(entry, index);
  }
}
