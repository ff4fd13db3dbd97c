import type { InheritedDescriptors } from '../../../domain/ports/tunnel-port.ts';
import type { Printing } from '../../cli/dispatch-command.ts';
import type { ProgramFiles } from '../../wiring/program-files.ts';

/** What every command is given. */
export interface CommandContext extends Printing {
  /** Takes whole lines, newline included; goes to stderr. */
  readonly printError: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Descriptors that the caller handed over, 0 to 2 among them. */
  readonly inherited: InheritedDescriptors;
  readonly files: ProgramFiles;
}
