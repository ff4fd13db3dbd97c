import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, open } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { elfHeaderBytes, parseElfHeader, type ElfKind } from '../../domain/backend/elf-program.ts';
import { HostError } from '../../domain/errors.ts';

/** The library that an installed torsocks loads into programs. */
export interface TorsocksLibrary {
  readonly path: string;
  readonly kind: ElfKind | undefined;
}

const defaultPath = '/usr/local/bin:/usr/bin:/bin';

/**
 * Asks the `torsocks` of PATH which library it loads: where that lies differs from distribution to distribution.
 * @param searchPath - the user's PATH
 * @throws HostError `BINARY_MISSING`
 */
export async function findTorsocks(searchPath: string | undefined, signal: AbortSignal): Promise<TorsocksLibrary> {
  const script = await firstExecutable((searchPath ?? defaultPath).split(delimiter).map((folder) => join(folder, 'torsocks')));
  if (script === undefined) throw missing('torsocks is not installed');
  const env = { PATH: searchPath ?? defaultPath, TORSOCKS_LOG_LEVEL: '1' };
  const { stdout } = await promisify(execFile)(script, ['env'], { env, signal }).catch((cause: Error) => {
    signal.throwIfAborted();
    throw missing(`${script} doesn't work: ${cause.message.split('\n')[0]}`, cause);
  });
  const path = /^LD_PRELOAD=([^:\n]+)/m.exec(stdout)?.[1];
  if (path === undefined) throw missing(`${script} doesn't say which library it loads`);
  return { path, kind: await kindOf(path) };
}

async function firstExecutable(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await access(path, constants.X_OK).then(() => true, () => false)) return path; // prettier-ignore
  return undefined;
}

async function kindOf(path: string): Promise<ElfKind | undefined> {
  const file = await open(path).catch((cause: Error) => {
    throw missing(`the library of torsocks can't be read: ${cause.message}`, cause);
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(elfHeaderBytes), 0, elfHeaderBytes, 0);
    return parseElfHeader(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

function missing(message: string, cause?: Error): HostError {
  const hint =
    'install it: sudo apt install torsocks (Debian, Ubuntu), sudo dnf install torsocks (Fedora), brew install torsocks (Homebrew)';
  return new HostError({ code: 'BINARY_MISSING', message, hint, cause });
}
