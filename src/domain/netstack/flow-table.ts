import type { FlowKey } from './flow-key.ts';

/** What a `FlowTable` keeps. */
export interface FlowEntry {
  readonly key: FlowKey;
}

interface Chain<E> {
  readonly entry: E;
  next: Chain<E> | undefined;
}

/**
 * Flows by key. Looking one up allocates nothing: the key's hash is the map's key, and flows of one hash are chained.
 * The one place that knows how flows are found.
 */
export class FlowTable<E extends FlowEntry> {
  readonly #chains = new Map<number, Chain<E>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  find(key: FlowKey): E | undefined {
    for (let link = this.#chains.get(key.hash); link; link = link.next) {
      if (link.entry.key.equals(key)) return link.entry;
    }
    return undefined;
  }

  /** Adds `entry`, whose key is not in the table yet. */
  add(entry: E): void {
    this.#chains.set(entry.key.hash, { entry, next: this.#chains.get(entry.key.hash) });
    this.#size++;
  }

  /** Removes `entry` itself, not another of the same key. @returns whether it was there */
  remove(entry: E): boolean {
    let before: Chain<E> | undefined;
    for (let link = this.#chains.get(entry.key.hash); link; before = link, link = link.next) {
      if (link.entry !== entry) continue;
      if (before) before.next = link.next;
      else if (link.next) this.#chains.set(entry.key.hash, link.next);
      else this.#chains.delete(entry.key.hash);
      this.#size--;
      return true;
    }
    return false;
  }

  /** All entries, as a copy: they may be removed meanwhile. */
  entries(): E[] {
    const all: E[] = [];
    for (const chain of this.#chains.values()) {
      for (let link: Chain<E> | undefined = chain; link; link = link.next) all.push(link.entry);
    }
    return all;
  }
}
