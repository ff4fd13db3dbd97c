import { performance } from 'node:perf_hooks';
import type { EventSink } from '../../../domain/session/session-event.ts';
import { EventPrinter } from '../../cli/event-printer.ts';
import { SessionLog } from '../../cli/session-log.ts';
import type { RunSettings } from '../../config/run-settings.ts';
import { sessionLogPath, sessionsFolder } from '../../cli/state-paths.ts';
import type { CommandContext } from './command-context.ts';

/** Where a run's events and errors go: to the user and into the session's log. */
export interface Output {
  readonly events: EventSink;
  readonly error: (error: unknown) => void;
  readonly close: () => void;
}

/** @throws HostError `FILE_UNWRITABLE` where the log can't be made */
export function openOutput(settings: RunSettings, sessionId: string, context: CommandContext): Output {
  const printer = new EventPrinter({
    output: settings.output,
    verbose: settings.verbose,
    isTerminal: context.stderrIsTerminal,
    write: context.printError,
    elapsedMs: () => performance.now(),
  });
  const { logfile } = settings;
  const path = logfile ?? sessionLogPath(sessionsFolder(context.environment, context.home), sessionId);
  const log = SessionLog.open({
    path,
    sessionId,
    hint: logfile === undefined ? 'make its folder writable, or set XDG_STATE_HOME to one that is' : 'name another file with --logfile',
    onFailure: ({ code, message, hint }) => printer.event({ kind: 'warning', code, message, hint }),
  });
  return {
    events: (event) => {
      log.event(event);
      printer.event(event);
    },
    error: (error) => {
      log.error(error);
      printer.error(error, { logfile: path });
    },
    close: () => log.close(),
  };
}
