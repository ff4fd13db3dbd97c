import type { ToldName, ToldNames } from '../../domain/dns/told-name.ts';
import { CancelledError } from '../../domain/errors.ts';
import type { ClockPort } from '../../domain/ports/clock-port.ts';
import type { EventSink } from '../../domain/session/session-event.ts';
import type { SustainedLink } from './sustained-link.ts';

/** What following the names that are answered in the pod needs. */
export interface ToldNamesParts {
  readonly link: Pick<SustainedLink, 'namesTold'>;
  /** Awaited at the end alone. Never rejects */
  readonly told: (name: ToldName) => Promise<void>;
  readonly events: EventSink;
  readonly clock: ClockPort;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** So long the pod waits for something to tell; so long those that come meanwhile gather; so long the last ones may take. */
const waitMs = 20_000;
const pauseMs = 200;
const lastMs = 500;

/** Asks the pod again and again which names were answered there: it says nothing unasked. */
export class FollowedNames {
  readonly #parts: ToldNamesParts;
  /** Names that are being told. */
  readonly #telling = new Set<Promise<void>>();

  constructor(parts: ToldNamesParts) {
    this.#parts = parts;
  }

  /** Resolves when the signal aborts, the link is gone for good, or the agent is one that can't tell. Never rejects */
  async follow(): Promise<void> {
    const { link, clock, signal } = this.#parts;
    while (!signal.aborted) {
      const told = await link.namesTold(waitMs, signal).catch(() => undefined);
      if (!told) return;
      this.#tell(told);
      if (told.names.length > 0) await clock.sleep(pauseMs, signal).catch(() => undefined);
    }
  }

  /** Those that are there now, before the end: none, where the path is slow or away. Never rejects */
  async last(): Promise<void> {
    const { link, clock } = this.#parts;
    const over = new AbortController();
    const last = link
      .namesTold(0, over.signal)
      .then(
        (told) => this.#tell(told),
        () => undefined,
      ) // prettier-ignore
      .then(() => Promise.all(this.#telling));
    await Promise.race([last, clock.sleep(lastMs, over.signal).catch(() => undefined)]);
    over.abort(new CancelledError('the session ends'));
  }

  #tell({ names, dropped }: ToldNames): void {
    const { told, events } = this.#parts;
    for (const name of names) {
      const telling = told(name).finally(() => this.#telling.delete(telling));
      this.#telling.add(telling);
    }
    if (dropped > 0) events({ kind: 'names-untold', count: dropped });
  }
}
