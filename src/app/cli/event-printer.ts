import type { SessionEvent } from '../../domain/session/session-event.ts';
import { errorToJson, renderError, type ErrorView } from './render-error.ts';
import { eventToJson, renderEvent } from './render-event.ts';

/** Where lines go and how. */
export interface PrinterOptions {
  readonly output: 'text' | 'json';
  readonly verbose: boolean;
  /** Whether `write` reaches a terminal: one that the command may have put into raw mode, where a newline alone doesn't go back to the margin. */
  readonly isTerminal: boolean;
  /** Takes whole lines; stderr. */
  readonly write: (text: string) => void;
  /** Milliseconds since the program's start. */
  readonly elapsedMs: () => number;
}

/** Tells the user what happens: everything that inpod says in a run goes through here. */
export class EventPrinter {
  readonly #options: PrinterOptions;

  constructor(options: PrinterOptions) {
    this.#options = options;
  }

  /** Usable as an `EventSink`. */
  readonly event = (event: SessionEvent): void => {
    const { output, verbose, elapsedMs } = this.#options;
    this.#lines(output === 'json' ? [eventToJson(event, elapsedMs())] : renderEvent(event, { verbose, elapsedMs: elapsedMs() }));
  };

  error(error: unknown, view: ErrorView): void {
    this.#lines(this.#options.output === 'json' ? errorToJson(error, view) : renderError(error, view));
  }

  #lines(lines: readonly string[]): void {
    if (lines.length === 0) return;
    const { isTerminal, write } = this.#options;
    const start = isTerminal ? '\r' : '';
    const end = isTerminal ? '\r\n' : '\n';
    write(lines.map((line) => `${start}${line}${end}`).join(''));
  }
}
