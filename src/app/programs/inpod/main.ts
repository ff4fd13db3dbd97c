/** `inpod`: reads the command line, runs the command, ends with its exit code. */
import { setMaxListeners } from 'node:events';
import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { isatty } from 'node:tty';
import { HostError } from '../../../domain/errors.ts';
import { readInheritedDescriptors, readOpenFilesLimit } from '../../wiring/host-services.ts';
import { commandNameOf, parseCommandLine } from '../../cli/parse-command-line.ts';
import { asCalled } from '../../cli/as-called.ts';
import { dispatchCommand, type CommandHandlers } from '../../cli/dispatch-command.ts';
import { exitCodeOfError } from '../../cli/exit-code.ts';
import { renderError } from '../../cli/render-error.ts';
import { writeStdout } from '../../cli/stdout-writer.ts';
import { writeStderr } from '../../cli/stderr-writer.ts';
import { programFiles } from '../../wiring/program-files.ts';
import type { CommandContext } from './command-context.ts';
import { benchCommand } from './bench-command.ts';
import { completionCommand } from './completion-command.ts';
import { configCommand } from './config-command.ts';
import { doctorCommand } from './doctor-command.ts';
import { manifestCommand } from './manifest-command.ts';
import { planCommand } from './plan-command.ts';
import { playgroundCommand } from './playground-command.ts';
import { restoreCommand } from './restore-command.ts';
import { runCommand } from './run-command.ts';
import { statusCommand } from './status-command.ts';

declare const INPOD_VERSION: string;

/** One signal ends the many requests of a step that run side by side: no leak. */
setMaxListeners(100);

/** Read before anything else opens a descriptor. */
const inherited = readInheritedDescriptors();
const openFilesLimit = readOpenFilesLimit();

const handlers: CommandHandlers<CommandContext> = {
  run: runCommand,
  plan: planCommand,
  restore: restoreCommand,
  playground: playgroundCommand,
  status: statusCommand,
  doctor: doctorCommand,
  bench: benchCommand,
  manifest: manifestCommand,
  config: configCommand,
  completion: completionCommand,
};

const printError = (text: string): void => writeStderr(asCalled(text, process.env));

async function main(argv: readonly string[]): Promise<number> {
  const context: CommandContext = {
    version: INPOD_VERSION,
    print: writeStdout,
    printWords: (text) => writeStdout(asCalled(text, process.env)),
    printError,
    stderrIsTerminal: isatty(2),
    home: homedir(),
    environment: process.env,
    inherited,
    openFilesLimit,
    files: programFiles(dirname(realpathSync(process.argv[1] ?? ''))),
  };
  try {
    requireCurrentFolder();
    return await dispatchCommand(parseCommandLine(argv), handlers, context);
  } catch (error) {
    context.printError(`${renderError(error, { logfile: undefined }).join('\n')}\n`);
    return exitCodeOfError(error, { command: commandNameOf(argv) });
  }
}

/** @throws HostError `FOLDER_GONE` where the folder that we are in was deleted: the command would run in it */
function requireCurrentFolder(): void {
  try {
    process.cwd();
  } catch (cause) {
    throw new HostError({
      code: 'FOLDER_GONE',
      message: "the current folder doesn't exist any more",
      hint: 'change to one that does: cd',
      cause,
    });
  }
}

/** A bug of ours: said, and left to the watchdog, which undoes what the session made. */
process.on('uncaughtException', (error) => {
  printError(`${renderError(error, { logfile: undefined }).join('\n')}\n`);
  process.exit(125);
});

void main(process.argv.slice(2)).then((code) => process.exit(code));
