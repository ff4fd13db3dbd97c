import { concatBytes } from '../bytes.ts';
import { encodeUtf8 } from '../protocol/utf8.ts';
import { skipName } from './dns-message-walk.ts';

const headerBytes = 12;

/**
 * The same query about another name: flags, type and EDNS are kept.
 * @param query - with one question, well formed
 * @param name - labels of printable ASCII, without the last dot
 * @returns `undefined` where such a name can't be (RFC 1035 §2.3.4)
 */
export function renamedQuery(query: Uint8Array, name: string): Uint8Array | undefined {
  const labels = name.split('.').map((label) => encodeUtf8(label));
  const isName = labels.every(({ length }) => length > 0 && length < 64) && name.length < 254 && !name.includes('\\');
  if (!isName) return undefined;
  const bytes = concatBytes(labels.flatMap((label) => [Uint8Array.of(label.length), label]));
  return concatBytes([query.subarray(0, headerBytes), bytes, Uint8Array.of(0), query.subarray(skipName(query, headerBytes))]);
}
