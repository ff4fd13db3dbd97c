import { skipName, u16 } from './dns-message-walk.ts';

/** One resource record where it stands in its message (RFC 1035 §4.1.3). */
export interface RecordView {
  readonly section: 'answer' | 'authority' | 'additional';
  readonly type: number;
  /** Of the four bytes of the TTL. */
  readonly ttlOffset: number;
  /** Seconds; a set highest bit counts for nothing (RFC 2181 §8 has such a TTL be 0). */
  readonly ttlSeconds: number;
  /** A view of the message. */
  readonly data: Uint8Array;
}

/** What a message has after its questions. */
export interface RecordsOf {
  readonly records: readonly RecordView[];
  /** Whether all that its header counts is there. */
  readonly isWhole: boolean;
}

/** The records of a message in their order; what is malformed ends them. Never throws. */
export function parseRecords(message: Uint8Array): RecordsOf {
  const records: RecordView[] = [];
  if (message.length < 12) return { records, isWhole: false };
  let at = 12;
  for (let i = u16(message, 4); i > 0; i--) at = skipName(message, at) + 4;
  for (const [section, countAt] of sections) {
    for (let i = u16(message, countAt); i > 0; i--) {
      at = skipName(message, at);
      const end = at + 10 + u16(message, at + 8);
      if (at + 10 > message.length || end > message.length) return { records, isWhole: false };
      const high = u16(message, at + 4);
      const ttlSeconds = high >= 0x8000 ? 0 : high * 0x10000 + u16(message, at + 6);
      records.push({ section, type: u16(message, at), ttlOffset: at + 4, ttlSeconds, data: message.subarray(at + 10, end) });
      at = end;
    }
  }
  return { records, isWhole: true };
}

const sections = [
  ['answer', 6],
  ['authority', 8],
  ['additional', 10],
] as const;
