import { AppError, CancelledError, InvariantError } from '../../domain/errors.ts';
import { printable } from './printable.ts';

/** What helps the user report a bug of ours. */
export interface ErrorView {
  /** The session's log, if there is one. */
  readonly logfile: string | undefined;
}

/** An error as plain data. */
interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly details?: AppError['details'];
  /** Of our own bugs only. */
  readonly stack?: string | undefined;
}

/**
 * Lines for stderr, without newlines: message with code, hint. A stack only where the fault is ours. Joined errors one by one; a cancellation says nothing
 * beside another error.
 */
export function renderError(error: unknown, view: ErrorView): readonly string[] {
  return reports(error, view).flatMap((report) => {
    const [first = '', ...more] = printable(report.message).split('\n');
    const hint = report.hint === undefined ? [] : [`hint: ${printable(report.hint).replaceAll('\n', '\n      ')}`];
    const stack = report.stack === undefined ? [] : printable(report.stack).split('\n');
    return [`inpod: ${first} (${report.code})`, ...more, ...hint.flatMap((text) => text.split('\n')), ...stack];
  });
}

/** One line of JSON for each error, newline not included. */
export function errorToJson(error: unknown, view: ErrorView): readonly string[] {
  return reports(error, view).map((report) => JSON.stringify({ kind: 'error', ...report }));
}

function reports(error: unknown, view: ErrorView): readonly ErrorReport[] {
  const single = flatten(error);
  const telling = single.filter((one) => !(one instanceof CancelledError));
  return (telling.length > 0 ? telling : single.slice(0, 1)).map((one) => report(one, view));
}

/** The errors in a joined one, each once. */
function flatten(error: unknown): readonly unknown[] {
  return error instanceof AggregateError ? [...new Set(error.errors.flatMap(flatten))] : [error];
}

function report(error: unknown, view: ErrorView): ErrorReport {
  if (error instanceof AppError && !(error instanceof InvariantError)) {
    return { code: error.code, message: error.message, hint: error.hint, details: error.details };
  }
  const where = view.logfile === undefined ? '' : `, with the log ${view.logfile}`;
  return {
    code: 'INVARIANT',
    message: `this is a bug of inpod: ${error instanceof Error ? error.message : String(error)}`,
    hint: `please report it${where}`,
    stack: error instanceof Error ? stackOf(error) : undefined,
    ...(error instanceof InvariantError ? { details: error.details } : {}),
  };
}

/** Frames only: the message is told already. */
function stackOf(error: Error): string | undefined {
  const at = error.stack?.search(/^ {4}at /m) ?? -1;
  return at < 0 ? undefined : error.stack?.slice(at);
}
