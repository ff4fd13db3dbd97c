/** Payload of each datagram. */
const datagramBytes = 64;
const words = datagramBytes / 4;

function hashOf(bytes: DataView): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < words - 1; i++) hash = Math.imul(hash ^ bytes.getInt32(4 * i, true), 0x01000193);
  return hash;
}

/** Datagram number `serial`, as in traffic.c: words that follow from it, and a hash of these. */
export function makeDatagram(serial: number): Uint8Array {
  const bytes = new Uint8Array(datagramBytes);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < words - 1; i++) view.setInt32(4 * i, serial + Math.imul(i, 0x9e3779b9), true);
  view.setInt32(datagramBytes - 4, hashOf(view), true);
  return bytes;
}

/** Whether `bytes` are a datagram with its own hash. */
export function isIntact(bytes: Uint8Array): boolean {
  if (bytes.length !== datagramBytes) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return view.getInt32(datagramBytes - 4, true) === hashOf(view);
}
