import { tellName, type NameSide, type ToldName } from '../../domain/dns/told-name.ts';
import type { EventSink } from '../../domain/session/session-event.ts';

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
  answered(answer: Uint8Array, by: NameSide, tookMs: number): void {
    const told = tellName(answer, by, tookMs);
    if (told) this.tell(told);
  }

  /** Of a name that was answered elsewhere. */
  tell({ name, type, by, outcome, tookMs }: ToldName): void {
    const told = { name, type, by, outcome };
    const key = JSON.stringify(told);
    if (this.#told.size >= mostTold || this.#told.has(key)) return;
    this.#told.add(key);
    this.#events({ kind: 'name-answered', ...told, tookMs });
  }
}
