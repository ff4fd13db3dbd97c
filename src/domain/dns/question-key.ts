import { parseDnsQuestion } from './dns-message.ts';
import { skipName, u16 } from './dns-message-walk.ts';

const headerBytes = 12;

/** Put together a byte at a time, a key is litter of some kilobytes. */
const pieceBytes = 1024;

/**
 * Equal for queries that get the same answer: all of the query but its id, and the name in lower case (RFC 4343); flags, sizes and options of EDNS among it.
 * @returns `undefined` for what is no plain question, whose answer belongs to it alone
 */
export function questionKey(query: Uint8Array, transport: 'udp' | 'tcp'): string | undefined {
  const isPlainQuery = ((query[2] ?? 0xff) & 0xf8) === 0; // QR 0, opcode QUERY
  if (!isPlainQuery || u16(query, 4) !== 1 || !parseDnsQuestion(query)) return undefined;
  const nameEnd = skipName(query, headerBytes);
  // Lengths of labels are below 64, so they are no letters.
  const bytes = query
    .slice(2)
    .map((byte, i) => (i >= headerBytes - 2 && i < nameEnd - 2 && byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));
  let key: string = transport;
  for (let at = 0; at < bytes.length; at += pieceBytes) key += String.fromCharCode(...bytes.subarray(at, at + pieceBytes));
  return key;
}

/** `answer`, given to a query with the same key, as the answer to `query`: with its id, and the name as it wrote it. A copy. */
export function answerTo(query: Uint8Array, answer: Uint8Array): Uint8Array {
  const readdressed = Uint8Array.from(answer);
  readdressed.set(query.subarray(0, 2));
  const end = skipName(query, headerBytes);
  if (u16(answer, 4) === 1 && skipName(answer, headerBytes) === end) readdressed.set(query.subarray(headerBytes, end), headerBytes);
  return readdressed;
}
