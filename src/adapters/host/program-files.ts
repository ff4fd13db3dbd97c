import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, open, realpath, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { ProgramFile, ProgramFilesPort, ProgramPlace } from '../../domain/ports/program-files-port.ts';

/** What a shell takes where PATH isn't set. */
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Programs of this machine's file system. */
export class ProgramFiles implements ProgramFilesPort {
  readonly user = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  readonly #launcher: string;

  /** @param launcher - the launcher's path: Node can't read extended attributes */
  constructor(launcher: string) {
    this.#launcher = launcher;
  }

  async find(name: string, place: ProgramPlace): Promise<ProgramFile | undefined> {
    for (const candidate of candidates(name, place)) {
      const found = await this.#look(candidate);
      if (found) return found;
    }
    return undefined;
  }

  async #look(candidate: string): Promise<ProgramFile | undefined> {
    try {
      await access(candidate, constants.X_OK);
      const path = await realpath(candidate);
      const [facts, hasCapabilities] = [await stat(path), await this.#hasCapabilities(path)];
      if (!facts.isFile()) return undefined;
      return {
        path,
        mode: facts.mode & 0o7777,
        uid: facts.uid,
        gid: facts.gid,
        hasCapabilities,
        read: (offset, length) => read(path, offset, length),
      };
    } catch {
      return undefined; // the next folder of PATH, or whoever runs it, has the last word
    }
  }

  async #hasCapabilities(path: string): Promise<boolean> {
    const { stdout } = await promisify(execFile)(this.#launcher, ['--capabilities', path]);
    return stdout === 'yes\n';
  }
}

function candidates(name: string, { searchPath, cwd }: ProgramPlace): readonly string[] {
  if (name.includes('/')) return [resolve(cwd, name)];
  return (searchPath ?? defaultPath).split(delimiter).map((folder) => join(isAbsolute(folder) ? folder : resolve(cwd, folder), name));
}

async function read(path: string, offset: number, length: number): Promise<Uint8Array> {
  const file = await open(path).catch(unreadable);
  if (!file) return new Uint8Array(0);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(length, 1 << 20)), 0, undefined, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function unreadable(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'EACCES' && error.code !== 'EPERM') throw error;
}
