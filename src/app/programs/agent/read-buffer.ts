/** As much as the kernel usually has ready, and what Node itself reads at once. */
const readBytes = 65_536;

let shared = new Uint8Array(readBytes);

/**
 * The one buffer that all sockets of the pod are read into: reading is synchronous, and ssh2 has usually copied the bytes into its packets when `write` returns.
 * A buffer for each read would cost the agent some 30 MB of memory under load, freed too late.
 */
export function sharedReadBuffer(): Uint8Array {
  return shared;
}

/** Says that somebody still holds a view of the buffer: the next reads get another. */
export function giveUpReadBuffer(): void {
  shared = new Uint8Array(readBytes);
}
