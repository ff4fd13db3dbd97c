import type { IpAddress } from '../netstack/address/ip-address.ts';
import { decodeUtf8 } from '../protocol/utf8.ts';
import { addressQuery } from './address-query.ts';
import { u16 } from './dns-message-walk.ts';
import { parseRecords } from './resource-records.ts';

const ptr = 12;
const mostLabels = 127;

/** A query for the name that an address has, recursion desired (RFC 1035 §3.5, RFC 3596 §2.5). */
export function pointerQuery(address: IpAddress, id: number): Uint8Array {
  const query = addressQuery(reverseName(address), 4, id);
  query[query.length - 3] = ptr;
  return query;
}

function reverseName({ version, bytes }: IpAddress): string {
  if (version === 4) return `${[...bytes].toReversed().join('.')}.in-addr.arpa`;
  const nibbles = [...bytes].flatMap((byte) => [byte >> 4, byte & 15]);
  return `${nibbles
    .toReversed()
    .map((nibble) => nibble.toString(16))
    .join('.')}.ip6.arpa`;
}

/** The name of the first PTR record of an answer, as it is written there; `undefined` where there is none, or none of a host. Never throws. */
export function pointedName(answer: Uint8Array): string | undefined {
  const record = parseRecords(answer).records.find(({ section, type }) => section === 'answer' && type === ptr);
  return record && nameAt(answer, record.data.byteOffset - answer.byteOffset);
}

/** Follows pointers (RFC 1035 §4.1.4). */
function nameAt(message: Uint8Array, start: number): string | undefined {
  const labels: string[] = [];
  let at = start;
  // Each step takes a label or a pointer: those of a loop come to an end, too.
  for (let steps = 0; steps <= 2 * mostLabels; steps++) {
    const length = message[at];
    if (length === undefined) return undefined;
    if (length === 0) return labels.length > 0 ? labels.join('.') : undefined;
    if (length >= 0xc0) at = u16(message, at) & 0x3fff;
    else {
      const label = decodeUtf8(message.subarray(at + 1, at + 1 + length)) ?? '';
      if (label.length !== length || !/^[\w-]+$/.test(label)) return undefined;
      labels.push(label);
      at += 1 + length;
    }
  }
  return undefined;
}
