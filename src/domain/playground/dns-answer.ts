import { concatBytes } from '../bytes.ts';
import { emptyAnswer, parseDnsQuestion, rcodes } from '../dns/dns-message.ts';
import { encodeUtf8 } from '../session/byte-text.ts';
import { clusterDomain, isInZone, type ZoneAnswer, type ZoneRecord } from './cluster-zone.ts';

/** Record types (RFC 1035 §3.2.2, RFC 2782). */
const types = { A: 1, SOA: 6, PTR: 12, SRV: 33 } as const;
const formatError = 1;
const classIn = 1;
/** As long as CoreDNS lets clients keep an answer; also how long they may keep that there is none. */
const ttlSeconds = 5;
/** A pointer to the question's name, which is at offset 12 (RFC 1035 §4.1.4). */
const questionName = Uint8Array.of(0xc0, 12);

/**
 * Answers one DNS message for the zone: what there is of the asked type; a name without that type with no records; an unknown one with NXDOMAIN. Either
 * of the latter two with the zone's SOA, so that it may be remembered (RFC 2308 §3).
 * @param lookUp - what is known of a name
 * @returns a message in wire form; never throws
 */
export function answerQuery(query: Uint8Array, lookUp: (name: string) => ZoneAnswer): Uint8Array {
  const question = parseDnsQuestion(query);
  if (!question) return emptyAnswer(query, formatError);
  const known = lookUp(question.name);
  const records = (known ?? []).filter(({ type }) => types[type] === question.type).map((record) => resourceRecord(questionName, record));
  const isOurs = known !== undefined || isInZone(question.name);
  return assemble(emptyAnswer(query, known === undefined ? rcodes.nameError : rcodes.noError), {
    answers: records,
    authority: isOurs && records.length === 0 ? [startOfAuthority()] : [],
    isOurs,
  });
}

interface Sections {
  readonly answers: readonly Uint8Array[];
  readonly authority: readonly Uint8Array[];
  /** Sets AA. */
  readonly isOurs: boolean;
}

function assemble(head: Uint8Array, { answers, authority, isOurs }: Sections): Uint8Array {
  const message = concatBytes([head, ...answers, ...authority]);
  if (isOurs) message[2] = (message[2] ?? 0) | 0x04;
  message[7] = answers.length;
  message[9] = authority.length;
  return message;
}

function resourceRecord(owner: Uint8Array, record: ZoneRecord): Uint8Array {
  return concatBytes([owner, u16(types[record.type]), u16(classIn), u32(ttlSeconds), withLength(dataOf(record))]);
}

function dataOf(record: ZoneRecord): Uint8Array {
  if (record.type === 'A') return record.address.bytes;
  if (record.type === 'PTR') return nameBytes(record.name);
  const [priority, weight] = [0, 100];
  return concatBytes([u16(priority), u16(weight), u16(record.port), nameBytes(record.target)]);
}

/** RFC 1035 §3.3.13. */
function startOfAuthority(): Uint8Array {
  const [serial, refresh, retry, expire] = [1, 7200, 1800, 86_400];
  const times = [serial, refresh, retry, expire, ttlSeconds].map(u32);
  const data = concatBytes([nameBytes(`ns.dns.${clusterDomain}`), nameBytes(`hostmaster.${clusterDomain}`), ...times]);
  return concatBytes([nameBytes(clusterDomain), u16(types.SOA), u16(classIn), u32(ttlSeconds), withLength(data)]);
}

/** @param name - labels of at most 63 bytes */
function nameBytes(name: string): Uint8Array {
  const labels = name.split('.').map((label) => Uint8Array.of(label.length, ...encodeUtf8(label)));
  return concatBytes([...labels, Uint8Array.of(0)]);
}

function withLength(data: Uint8Array): Uint8Array {
  return concatBytes([u16(data.length), data]);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value);
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value >> 24, value >> 16, value >> 8, value);
}
