import { skipName, u16 } from './dns-message-walk.ts';

const headerBytes = 12;
const truncated = 0x02;
/** Types whose data begins with names, after so many bytes (RFC 1035 §3.3, RFC 2782): only there may pointers be. */
const nameTypes: Readonly<Record<number, { readonly after: number; readonly names: number }>> = {
  2: { after: 0, names: 1 },
  5: { after: 0, names: 1 },
  6: { after: 0, names: 2 },
  12: { after: 0, names: 1 },
  15: { after: 2, names: 1 },
  33: { after: 6, names: 1 },
};

/**
 * The answer to `query` that `answer`, to the same question about a longer name, gives: an alias (CNAME) of the longer one, and all that the answer has.
 *
 *   header | the query's question | CNAME: the longer name | the answer's records, their pointers moved
 *
 * @param maxBytes - of the result; where all that would be longer, it has those answers that fit, in their order, and TC set
 * @returns `undefined` where `answer` is malformed
 */
export function aliasedAnswer(query: Uint8Array, answer: Uint8Array, maxBytes: number): Uint8Array | undefined {
  const question = query.subarray(headerBytes, skipName(query, headerBytes) + 4);
  const nameEnd = skipName(answer, headerBytes);
  const longName = answer.subarray(headerBytes, nameEnd);
  const recordsAt = nameEnd + 4;
  if (u16(answer, 4) !== 1 || recordsAt > answer.length || question.length < 5) return undefined;
  const alias = aliasRecord(longName, lowestTtl(answer, recordsAt));
  const nameAt = headerBytes + question.length + alias.length - longName.length;
  const shift = nameAt + longName.length - recordsAt;
  const records = answer.slice(recordsAt);
  const moved = movePointers(records, recordCount(answer), (target) => (target < nameEnd ? target - headerBytes + nameAt : target + shift));
  if (!moved) return undefined;
  const header = Uint8Array.from(answer.subarray(0, headerBytes));
  header.set(query.subarray(0, 2));
  const roomBytes = maxBytes - headerBytes - question.length - alias.length;
  const isCut = records.length > roomBytes;
  const kept = isCut ? leading(records, u16(answer, 6), roomBytes) : { count: u16(answer, 6), bytes: records.length };
  if (isCut) {
    header[2] = (header[2] ?? 0) | truncated;
    header.fill(0, 6);
  }
  if (roomBytes < 0) return Uint8Array.from([...header, ...question]);
  new DataView(header.buffer).setUint16(6, kept.count + 1);
  return Uint8Array.from([...header, ...question, ...alias, ...records.subarray(0, kept.bytes)]);
}

/** How many of the first `count` records are no longer than `roomBytes` together. @param records - well formed */
function leading(records: Uint8Array, count: number, roomBytes: number): { readonly count: number; readonly bytes: number } {
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const at = skipName(records, bytes);
    const end = at + 10 + u16(records, at + 8);
    if (end > roomBytes) return { count: i, bytes };
    bytes = end;
  }
  return { count, bytes };
}

/** Its owner is the question's name, which stands at 12. */
function aliasRecord(name: Uint8Array, ttlSeconds: number): Uint8Array {
  const alias = Uint8Array.from([0xc0, headerBytes, 0, 5, 0, 1, 0, 0, 0, 0, name.length >> 8, name.length & 0xff, ...name]);
  new DataView(alias.buffer).setUint32(6, ttlSeconds);
  return alias;
}

/** The alias lives no longer than what it leads to. */
function lowestTtl(answer: Uint8Array, recordsAt: number): number {
  const at = skipName(answer, recordsAt);
  return u16(answer, 6) === 0 || u16(answer, at + 4) >= 0x8000 ? 0 : u16(answer, at + 4) * 0x10000 + u16(answer, at + 6);
}

function recordCount(answer: Uint8Array): number {
  return u16(answer, 6) + u16(answer, 8) + u16(answer, 10);
}

/** Rewrites, in place, the pointers of `count` records. @returns whether all could be */
function movePointers(records: Uint8Array, count: number, moved: (target: number) => number): boolean {
  let at = 0;
  for (let i = 0; i < count; i++) {
    at = moveName(records, at, moved);
    const end = at + 10 + u16(records, at + 8);
    if (at + 10 > records.length || end > records.length) return false;
    const { after, names } = nameTypes[u16(records, at)] ?? { after: 0, names: 0 };
    let within = at + 10 + after;
    for (let name = 0; name < names; name++) within = moveName(records, within, moved);
    at = end;
  }
  return at <= records.length;
}

/** @returns the offset after the name at `at`; beyond the end where it is malformed */
function moveName(records: Uint8Array, at: number, moved: (target: number) => number): number {
  for (let offset = at; offset < records.length;) {
    const length = records[offset] ?? 0;
    if (length === 0) return offset + 1;
    if (length >= 0xc0) return movePointer(records, offset, moved) ? offset + 2 : records.length + 1;
    offset += 1 + length;
  }
  return records.length + 1;
}

/** @returns whether there is room for its target: 14 bits (RFC 1035 §4.1.4) */
function movePointer(records: Uint8Array, at: number, moved: (target: number) => number): boolean {
  const target = moved(u16(records, at) & 0x3fff);
  if (target > 0x3fff) return false;
  records[at] = 0xc0 | (target >> 8);
  records[at + 1] = target & 0xff;
  return true;
}
