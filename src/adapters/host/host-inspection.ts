import { constants } from 'node:fs';
import { access, mkdtemp, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HostError } from '../../domain/errors.ts';
import type { HostInspectionPort } from '../../domain/ports/host-inspection-port.ts';

/** This machine, by its file system. */
export class HostInspection implements HostInspectionPort {
  readonly nodeVersion = process.versions.node;

  async missingFiles(paths: readonly string[]): Promise<readonly string[]> {
    const readable = await Promise.all(paths.map((path) => access(path, constants.R_OK).then(() => true, () => false))); // prettier-ignore
    return paths.filter((_, index) => !readable[index]);
  }

  async requireWritable(folder: string): Promise<void> {
    try {
      // Permission bits say nothing of root, of a mount that is read-only, or of a full disk.
      await rmdir(await mkdtemp(join(await nearestExisting(folder), '.inpod-doctor-')));
    } catch (cause) {
      throw new HostError({
        code: 'STATE_UNWRITABLE',
        message: `can't write below ${folder}: ${cause instanceof Error ? cause.message : String(cause)}`,
        hint: 'a session records there what it must undo; make it writable, or set XDG_STATE_HOME to a folder that is',
        cause,
      });
    }
  }
}

async function nearestExisting(folder: string): Promise<string> {
  for (let path = folder; path !== dirname(path); path = dirname(path)) if (await exists(path)) return path;
  return '/';
}

function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false); // prettier-ignore
}
