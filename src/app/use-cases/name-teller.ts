import { parseDnsQuestion, rcodes, responseCode } from '../../domain/dns/dns-message.ts';
import { parseRecords } from '../../domain/dns/resource-records.ts';
import { recordTypeName } from '../../domain/dns/record-type-name.ts';
import type { EventSink, NameOutcome } from '../../domain/session/session-event.ts';

/** So many are told; a program that goes through names without end would fill the log. */
const mostTold = 2000;

/** Tells which side answered a name, once for each outcome, since programs ask the same again and again, and for the first two thousand. */
export class NameTeller {
  readonly #events: EventSink;
  readonly #told = new Set<string>();

  constructor(events: EventSink) {
    this.#events = events;
  }

  /** @param answer - in wire form, with its question */
  answered(answer: Uint8Array, by: 'cluster' | 'laptop' | 'nobody', tookMs: number): void {
    const question = parseDnsQuestion(answer);
    if (!question) return;
    const told = { name: question.name, type: recordTypeName(question.type), by, outcome: outcomeOf(answer) } as const;
    const key = JSON.stringify(told);
    if (this.#told.size >= mostTold || this.#told.has(key)) return;
    this.#told.add(key);
    this.#events({ kind: 'name-answered', ...told, tookMs });
  }
}

function outcomeOf(answer: Uint8Array): NameOutcome {
  const rcode = responseCode(answer);
  if (rcode === rcodes.nameError) return 'no-such-name';
  if (rcode !== rcodes.noError) return 'failed';
  return parseRecords(answer).records.some(({ section }) => section === 'answer') ? 'found' : 'no-such-record';
}
