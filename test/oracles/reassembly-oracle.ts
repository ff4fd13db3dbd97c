/** A fragment as plain data. */
export interface FragmentFacts {
  readonly from: number;
  readonly more: boolean;
  readonly bytes: Uint8Array;
}

type Slots = (number | undefined)[];

/**
 * Reassembly byte by byte: one slot for each of the datagram's bytes. `void` once a fragment writes what another wrote, unless it only repeats;
 * the payload once all slots up to the end are full; `undefined` until then.
 */
export function slowReassembly(fragments: readonly FragmentFacts[]): Uint8Array | 'void' | undefined {
  const slots: Slots = [];
  let end: number | undefined;
  for (const fragment of fragments) {
    const { from, more, bytes } = fragment;
    const to = from + bytes.length;
    if (bytes.every((byte, i) => slots[from + i] === byte) && (more || end === to)) continue;
    if (contradicts(slots, end, fragment)) return 'void';
    bytes.forEach((byte, i) => (slots[from + i] = byte));
    if (!more) end = to;
    if (slots.length === end && !Array.from(slots).includes(undefined)) return Uint8Array.from(slots as number[]);
  }
  return undefined;
}

function contradicts(slots: Slots, end: number | undefined, { from, more, bytes }: FragmentFacts): boolean {
  const to = from + bytes.length;
  const last = end ?? (more ? Infinity : to);
  return bytes.some((_, i) => slots[from + i] !== undefined) || Math.max(slots.length, to) > last || (!more && to !== last);
}
