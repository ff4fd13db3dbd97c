import { parseDnsQuestion, rcodes, responseCode } from './dns-message.ts';
import { u16 } from './dns-message-walk.ts';
import { parseRecords, type RecordView } from './resource-records.ts';

/** Types that decide here: CNAME, SOA (RFC 1035 §3.2.2), OPT, whose TTL is none (RFC 6891 §6.1.3), ANY. */
const types = { cname: 5, soa: 6, opt: 41, any: 255 } as const;

/** Networks change under a laptop (a VPN comes, another Wi-Fi): nothing is kept longer than this, whatever its TTL. */
const mostSeconds = { known: 300, unknown: 60 } as const;

/**
 * For how many seconds an answer may be given again: the least TTL of its records; of one that says that there is nothing, the least of its SOA's TTL and
 * minimum. 0 for what may not be kept at all: failures, cut answers, and denials without SOA.
 * @see {@link https://www.rfc-editor.org/rfc/rfc2308#section-5 | RFC 2308 §5}, {@link https://www.rfc-editor.org/rfc/rfc2181#section-9 | RFC 2181 §9}
 */
export function answerLifetime(answer: Uint8Array): number {
  const rcode = responseCode(answer);
  const question = parseDnsQuestion(answer);
  const isCut = ((answer[2] ?? 0) & 0x02) !== 0;
  if (!question || isCut || (rcode !== rcodes.noError && rcode !== rcodes.nameError)) return 0;
  const { records, isWhole } = parseRecords(answer);
  if (!isWhole) return 0;
  const timed = records.filter(({ type }) => type !== types.opt);
  const ttls = timed.map(({ ttlSeconds }) => ttlSeconds);
  if (rcode === rcodes.noError && answersType(timed, question.type)) return Math.min(mostSeconds.known, ...ttls);
  const soa = timed.find(({ section, type }) => section === 'authority' && type === types.soa);
  return soa ? Math.min(mostSeconds.unknown, soaMinimum(soa), ...ttls) : 0;
}

function answersType(records: readonly RecordView[], type: number): boolean {
  return records.some((record) => record.section === 'answer' && (record.type === type || type === types.any));
}

/** The last four bytes of its data. */
function soaMinimum({ data }: RecordView): number {
  return u16(data, data.length - 4) * 0x10000 + u16(data, data.length - 2);
}

/** `answer` as it is `seconds` later: a copy whose TTLs are less by so much, 0 at least. */
export function agedAnswer(answer: Uint8Array, seconds: number): Uint8Array {
  const aged = Uint8Array.from(answer);
  const view = new DataView(aged.buffer);
  for (const { type, ttlOffset, ttlSeconds } of parseRecords(answer).records)
    if (type !== types.opt) view.setUint32(ttlOffset, Math.max(0, ttlSeconds - seconds));
  return aged;
}
