import { encodeUtf8 } from '../protocol/utf8.ts';

const types = { 4: 1, 6: 28 } as const;

/**
 * A query for a name's addresses, recursion desired (RFC 1035 §4.1).
 * @param name - labels of 1 to 63 ASCII characters, without a last dot
 * @param version - 4 asks for A, 6 for AAAA
 */
export function addressQuery(name: string, version: 4 | 6, id: number): Uint8Array {
  const labels = name.split('.').flatMap((label) => [label.length, ...encodeUtf8(label)]);
  return Uint8Array.from([id >> 8, id & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, types[version], 0, 1]);
}
