import { constants } from 'node:os';
import { HostError } from '../../domain/errors.ts';
import type { LauncherReply } from './launcher-codec.ts';
import { explainRefusal } from './launcher-refusal.ts';

const errnoNames = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** `EACCES` and its like for a positive errno; `errno 4242` for one that has no name. */
export function errnoText(error: number): string {
  return errnoNames.get(error) ?? `errno ${error}`;
}

/** What FAILED means to the user: the step, the errno, and what to do about it. */
export function setupError(reply: Extract<LauncherReply, { type: 'failed' }>): HostError {
  const errno = errnoText(reply.error);
  const { reason, hint, concernsTun } = explainRefusal({ step: reply.step, errno, setting: undefined });
  return new HostError({
    code: concernsTun ? 'TUN_UNAVAILABLE' : 'NAMESPACES_FORBIDDEN',
    message: `the session's environment can't be made: ${reply.step}: ${errno} (${reason})`,
    hint,
    details: { step: reply.step, errno },
  });
}

/** What EXEC_FAILED means: as a shell has it, 127 for a command that isn't there, 126 for one that can't be run. */
export function execError(reply: Extract<LauncherReply, { type: 'exec-failed' }>, command: string, cwd: string): HostError {
  const errno = errnoText(reply.error);
  const details = { command, errno };
  if (reply.stage === 'cwd')
    return new HostError({ code: 'COMMAND_NOT_EXECUTABLE', message: `can't enter the working directory ${cwd}: ${errno}`, details });
  if (reply.code === 127)
    return new HostError({ code: 'COMMAND_NOT_FOUND', message: `${command}: command not found`, hint: notFoundHint(command), details });
  const hint = notExecutableHint(errno, command);
  return new HostError({ code: 'COMMAND_NOT_EXECUTABLE', message: `${command}: can't be executed: ${errno}`, hint, details });
}

function notExecutableHint(errno: string, command: string): string | undefined {
  if (errno === 'ENOEXEC') return 'a script needs a first line such as #!/bin/sh; a program must be built for this machine';
  if (errno !== 'EACCES') return undefined;
  return command.includes('/')
    ? `make it executable: chmod +x ${command}; a folder isn't, nor what lies on a file system mounted noexec`
    : 'the file that your PATH leads to is not executable for you: chmod +x';
}

function notFoundHint(command: string): string {
  return command.includes('/')
    ? 'check the path, and the interpreter that a script names'
    : 'it is looked up on this machine, in your PATH: is it installed here?';
}
