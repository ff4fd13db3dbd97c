import { CancelledError, HostError, UsageError, type AppError } from '../../domain/errors.ts';
import type { ChildExit } from '../../domain/ports/tunnel-port.ts';

/** What decides the code of a failure besides the error. */
export interface FailedCommand {
  /** As typed; `undefined` where there was none. */
  readonly command: string | undefined;
}

/** SIGINT: what a cancellation is taken for that doesn't say which signal it was. */
const interrupt = 2;

/** The child's own code, or 128 and its signal: what a shell says. */
export function exitCodeOfChild(exit: ChildExit): number {
  return exit.code ?? 128 + exit.signal;
}

/**
 * `run`: as `docker run`, 125 we failed, 126 the command can't be executed, 127 it isn't found. Other commands: 1 problems, 2 usage.
 * Both: 128 and the signal where the user ended it (130 for Ctrl-C). Of errors joined in one, the first that isn't a cancellation counts.
 */
export function exitCodeOfError(error: unknown, { command }: FailedCommand): number {
  const decisive = decisiveError(error);
  if (decisive instanceof CancelledError) return 128 + signalOf(decisive);
  if (command !== 'run') return decisive instanceof UsageError ? 2 : 1;
  if (decisive instanceof HostError && (decisive.code === 'COMMAND_NOT_EXECUTABLE' || decisive.code === 'PROGRAM_NOT_HOOKABLE')) return 126;
  if (decisive instanceof HostError && decisive.code === 'COMMAND_NOT_FOUND') return 127;
  return 125;
}

function decisiveError(error: unknown): unknown {
  if (!(error instanceof AggregateError)) return error;
  const errors = error.errors.map(decisiveError);
  return errors.find((one) => !(one instanceof CancelledError)) ?? errors[0];
}

function signalOf(error: AppError): number {
  return 'signalNumber' in error && typeof error.signalNumber === 'number' ? error.signalNumber : interrupt;
}
