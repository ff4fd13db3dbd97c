import { closeSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { pino, type Logger } from 'pino';
import { HostError } from '../../domain/errors.ts';
import type { SessionEvent } from '../../domain/session/session-event.ts';
import { makeFolders } from '../wiring/host-services.ts';
import { redact } from './redact.ts';

/** What the log is about. */
export interface SessionLogOptions {
  /** Absolute. Made with its folder (0700) and readable by its user alone (0600); an existing file is appended to. */
  readonly path: string;
  readonly sessionId: string;
  /** What the user can do where it can't be written. */
  readonly hint: string;
  /** Called once where the log can't be written any more: a full disk doesn't end a session. */
  readonly onFailure: (error: HostError) => void;
}

/** One session's log: JSON Lines, written at once, so that they are there whatever ends the process. No secrets. */
export class SessionLog {
  readonly path: string;
  readonly #logger: Logger;
  readonly #descriptor: number;
  #open = true;

  private constructor(options: SessionLogOptions, descriptor: number) {
    this.path = options.path;
    this.#descriptor = descriptor;
    const base = { session: options.sessionId, pid: process.pid };
    const formatters = { level: (label: string) => ({ level: label }) };
    // Written here rather than by pino's own destination, whose exit hooks and retries would outlive a close.
    const destination = { write: (line: string) => this.#append(options, line) };
    this.#logger = pino({ base, level: 'debug', timestamp: pino.stdTimeFunctions.isoTime, formatters }, destination);
  }

  /** @throws HostError `FILE_UNWRITABLE` */
  static open(options: SessionLogOptions): SessionLog {
    try {
      makeFolders(dirname(options.path), 0o700);
      return new SessionLog(options, openSync(options.path, 'a', 0o600));
    } catch (error) {
      throw unwritable(options, error);
    }
  }

  /** Usable as an `EventSink`. Of a command line only the program's name is kept: arguments may be secrets. */
  readonly event = (event: SessionEvent): void => {
    const { kind, ...fields } = event;
    const known =
      event.kind === 'child-starting' || event.kind === 'child-started' ? { ...fields, command: event.command.split(' ')[0] } : fields;
    this.#write(event.kind === 'warning' || event.kind === 'link-lost' || event.kind === 'left-behind' ? 'warn' : 'info', kind, known);
  };

  /** `facts` are redacted. */
  debug(message: string, facts: Readonly<Record<string, unknown>> = {}): void {
    this.#write('debug', message, facts);
  }

  /** The whole error: causes and stacks, which the terminal doesn't get. */
  error(error: unknown): void {
    this.#write('error', error instanceof Error ? error.name : 'error', { error });
  }

  /** Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#descriptor);
  }

  #write(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields: object): void {
    if (this.#open) this.#logger[level](redact(fields) as object, message);
  }

  #append(options: SessionLogOptions, line: string): void {
    const bytes = Buffer.from(line);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#descriptor, bytes, at);
    } catch (error) {
      this.close();
      options.onFailure(unwritable(options, error));
    }
  }
}

function unwritable({ path, hint }: SessionLogOptions, error: unknown): HostError {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return new HostError({
    code: 'FILE_UNWRITABLE',
    message: `the log ${path} can't be written: ${reason}`,
    hint,
    details: { path },
    cause: error,
  });
}
