/**
 * The little of a DNS message that routing must see; the rest passes through unchanged.
 *
 *    0                   1
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
 *   |              ID               |
 *   |QR| Opcode |AA|TC|RD|RA|Z|RCODE|
 *   |   QDCOUNT   ... ARCOUNT       |
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc1035#section-4.1 | RFC 1035 §4.1}
 */
import { IpAddress } from '../netstack/address/ip-address.ts';
import { skipName, u16 } from './dns-message-walk.ts';
import { parseRecords } from './resource-records.ts';

const headerBytes = 12;

/** Response codes that decide something here (RFC 1035 §4.1.1). */
export const rcodes = { noError: 0, serverFailure: 2, nameError: 3, refused: 5 } as const;

/** Data sizes of the resource record types that decide something here: A and AAAA (RFC 1035 §3.2.2, RFC 3596 §2.1). */
const addressBytes: Readonly<Record<number, number>> = { 1: 4, 28: 16 };

/** What a message asks. */
export interface DnsQuestion {
  /** Lower case, without the last dot; the root is the empty string. Bytes outside printable ASCII are escaped as \DDD. */
  readonly name: string;
  readonly type: number;
  /** 1: the internet's, of which all names here are (RFC 1035 §3.2.4). */
  readonly dnsClass: number;
}

/** An address in an answer section. */
export interface AnsweredAddress {
  readonly address: IpAddress;
  readonly ttlSeconds: number;
}

/** The first question of a query, or of a response that repeats it; `undefined` where there is none or it is malformed. Never throws. */
export function parseDnsQuestion(message: Uint8Array): DnsQuestion | undefined {
  if (message.length < headerBytes || u16(message, 4) < 1) return undefined;
  const labels: string[] = [];
  let at = headerBytes;
  for (;;) {
    const length = message[at];
    if (length === undefined || length > 63) return undefined;
    at += 1;
    if (length === 0) break;
    if (at + length > message.length || labels.length > 127) return undefined;
    labels.push(labelText(message.subarray(at, at + length)));
    at += length;
  }
  return at + 4 <= message.length ? { name: labels.join('.'), type: u16(message, at), dnsClass: u16(message, at + 2) } : undefined;
}

/** RCODE of a response, 0 to 15; `undefined` for what is no response. */
export function responseCode(message: Uint8Array): number | undefined {
  if (message.length < headerBytes || ((message[2] ?? 0) & 0x80) === 0) return undefined;
  return (message[3] ?? 0) & 0x0f;
}

/** All A and AAAA data of the answer section of a response; what is malformed ends it. Never throws. */
export function answeredAddresses(message: Uint8Array): readonly AnsweredAddress[] {
  return parseRecords(message).records.flatMap(({ section, type, data, ttlSeconds }) => {
    const address = section === 'answer' && data.length === addressBytes[type] ? IpAddress.fromBytes(data) : undefined;
    return address ? [{ address, ttlSeconds }] : [];
  });
}

/** An answer of ours to `query` with the given code and no records: header and question are echoed. */
export function emptyAnswer(query: Uint8Array, rcode: number): Uint8Array {
  const end = parseDnsQuestion(query) ? skipName(query, headerBytes) + 4 : headerBytes;
  const answer = new Uint8Array(Math.max(end, headerBytes));
  answer.set(query.subarray(0, end));
  answer[2] = 0x80 | ((answer[2] ?? 0) & 0x79);
  answer[3] = 0x80 | rcode;
  answer.fill(0, 4, headerBytes);
  answer[5] = end > headerBytes ? 1 : 0;
  return answer;
}

function labelText(label: Uint8Array): string {
  let text = '';
  for (const byte of label) {
    const plain = byte > 0x20 && byte < 0x7f && byte !== 0x2e && byte !== 0x5c;
    text += plain ? String.fromCharCode(byte).toLowerCase() : `\\${byte.toString().padStart(3, '0')}`;
  }
  return text;
}
