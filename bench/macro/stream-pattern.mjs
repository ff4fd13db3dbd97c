/** What benchmark streams carry, again and again: 64 KiB that differ from each other. */
export const pattern = Buffer.from(Uint8Array.from({ length: 65_536 }, (_, i) => (i * 31 + (i >> 8) * 7) & 0xff));
