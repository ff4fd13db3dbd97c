import type { IpAddress } from '../netstack/address/ip-address.ts';
import { answeredAddresses, parseDnsQuestion, rcodes, responseCode } from './dns-message.ts';
import { recordTypeName } from './record-type-name.ts';
import { parseRecords } from './resource-records.ts';

/** What became of a question for a name: records; a name without such ones; no such name; an error, or no answer. */
export type NameOutcome = 'found' | 'no-such-record' | 'no-such-name' | 'failed';

/** Who gave an answer. */
export type NameSide = 'cluster' | 'laptop' | 'nobody';

/** What is told of a name that was asked for. */
export interface ToldName {
  readonly name: string;
  /** `A`, `AAAA`, `TYPE99`. */
  readonly type: string;
  readonly by: NameSide;
  readonly outcome: NameOutcome;
  readonly tookMs: number;
  /** That the name led to; the first few. */
  readonly addresses: readonly IpAddress[];
}

/** Names that were told at once; `dropped`: so many more were answered than could be kept until they were told. */
export interface ToldNames {
  readonly names: readonly ToldName[];
  readonly dropped: number;
}

/** Of one name; programs take the first few. */
export const mostToldAddresses = 16;

/** @param answer - in wire form, with its question @returns `undefined` where it has none */
export function tellName(answer: Uint8Array, by: NameSide, tookMs: number): ToldName | undefined {
  const question = parseDnsQuestion(answer);
  if (!question) return undefined;
  const addresses = answeredAddresses(answer).slice(0, mostToldAddresses);
  return {
    name: question.name,
    type: recordTypeName(question.type),
    by,
    outcome: outcomeOf(answer),
    tookMs,
    addresses: addresses.map(({ address }) => address),
  };
}

function outcomeOf(answer: Uint8Array): NameOutcome {
  const rcode = responseCode(answer);
  if (rcode === rcodes.nameError) return 'no-such-name';
  if (rcode !== rcodes.noError) return 'failed';
  return parseRecords(answer).records.some(({ section }) => section === 'answer') ? 'found' : 'no-such-record';
}
