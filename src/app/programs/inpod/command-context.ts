import type { InheritedDescriptors } from '../../../domain/ports/tunnel-port.ts';
import type { Printing } from '../../cli/dispatch-command.ts';
import { agentsFolder, sessionsFolder } from '../../cli/state-paths.ts';
import type { RunSettings } from '../../config/run-settings.ts';
import type { ProgramFiles } from '../../wiring/program-files.ts';
import type { ProgramContext } from '../../wiring/tokens.ts';

/** What every command is given. */
export interface CommandContext extends Printing {
  /** Takes whole lines, newline included; goes to stderr. */
  readonly printError: (text: string) => void;
  /** Whether stderr is a terminal. */
  readonly stderrIsTerminal: boolean;
  /** The user's home directory. */
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Descriptors above 2 that the caller handed over. */
  readonly inherited: InheritedDescriptors;
  /** Soft limit of open descriptors that the caller gave, where Node raised it. */
  readonly openFilesLimit?: number | undefined;
  readonly files: ProgramFiles;
}

/** What wiring is told of this run. */
export function programContext(context: CommandContext, settings: RunSettings): ProgramContext {
  const { environment, home, files } = context;
  const { linkSilenceMs, podReadyMs } = settings.timings;
  return {
    environment,
    home,
    files,
    sessionsFolder: sessionsFolder(environment, home),
    agentsFolder: agentsFolder(environment, home),
    linkSilenceMs,
    podReadyMs,
  };
}
