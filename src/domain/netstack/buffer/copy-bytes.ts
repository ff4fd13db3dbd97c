/** Up to here a loop is quicker than the view that JavaScript's own copy of a part needs. */
const fewBytes = 128;

/**
 * Copies `source[from]` to `source[end - 1]` to `target[at]` and on. Both arrays hold what is named, and share no memory there.
 * Given by the host, since JavaScript copies a part of an array only through a view, about 100 bytes of garbage.
 */
// oxlint-disable-next-line max-params -- an object of them would be the very garbage that this is to avoid
export type CopyBytes = (target: Uint8Array, at: number, source: Uint8Array, from: number, end: number) => void;

/** With what JavaScript has. */
// oxlint-disable-next-line max-params -- it is a CopyBytes
export const copyByView: CopyBytes = (target, at, source, from, end) => {
  if (end - from > fewBytes) target.set(source.subarray(from, end), at);
  else for (let i = from; i < end; i++) target[at + i - from] = source[i] as number;
};
