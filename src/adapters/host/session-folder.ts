import { join } from 'node:path';
import { HostError } from '../../domain/errors.ts';
import { makeFolders } from './make-folders.ts';

/** Makes a session's folder `SESSIONS/ID`, for its user alone. @returns its path @throws HostError `STATE_UNWRITABLE` */
export function makeSessionFolder(sessionsFolder: string, sessionId: string): string {
  const folder = join(sessionsFolder, sessionId);
  try {
    makeFolders(folder, 0o700);
  } catch (error) {
    throw sessionsUnreachable(sessionsFolder, error);
  }
  return folder;
}

/** @param cause - what the system said of a file or folder of a session's */
export function sessionsUnreachable(sessionsFolder: string, cause: unknown): HostError {
  return new HostError({
    code: 'STATE_UNWRITABLE',
    message: `can't read or write below ${sessionsFolder}: ${cause instanceof Error ? cause.message : String(cause)}`,
    hint: 'a session records there what it must undo; make it writable, or set XDG_STATE_HOME to a folder that is',
    cause,
  });
}
