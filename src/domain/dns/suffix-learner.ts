/** Begins the first label of names that are looked up only to see what this machine's resolver makes of them; a number follows. */
export const helloPrefix = 'hellotelepresence-';

/** What a name that arrived has to do with learning: nothing; its suffix wasn't known before this greeting; it was, or there is none. */
export type Greeting = 'none' | 'new' | 'known';

/**
 * The domains that a resolver, which doesn't know that its questions are asked in a pod, appends by itself. They are seen at names whose first label is
 * known: `hellotelepresence-3.office.example` teaches `office.example`.
 */
export class SuffixLearner {
  /** With the number of the greeting that taught each. */
  readonly #suffixes = new Map<string, string>();

  /**
   * Learns from `name` where it is a greeting.
   * @param name - lower case, without the last dot
   */
  greet(name: string): Greeting {
    const [first = '', ...rest] = name.split('.');
    const number = first.startsWith(helloPrefix) ? first.slice(helloPrefix.length) : '';
    if (!/^\d+$/.test(number)) return 'none';
    const suffix = rest.join('.');
    if (suffix === '') return 'known';
    // One greeting asks more than once: for A and for AAAA.
    const taughtBy = this.#suffixes.get(suffix) ?? number;
    this.#suffixes.set(suffix, taughtBy);
    return taughtBy === number ? 'new' : 'known';
  }

  /**
   * @param name - lower case, without the last dot
   * @returns what was asked for before the longest suffix that is known was appended; `undefined` where none was
   */
  stemOf(name: string): string | undefined {
    const fitting = [...this.#suffixes.keys()].filter((suffix) => name.endsWith(`.${suffix}`) && name.length > suffix.length + 1);
    const longest = fitting.toSorted((a, b) => b.length - a.length)[0];
    return longest === undefined ? undefined : name.slice(0, -longest.length - 1);
  }
}
