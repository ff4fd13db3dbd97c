import { constants } from 'node:fs';
import { access, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HostError } from '../../domain/errors.ts';

/** Before minutes go into what could not be written. @throws HostError `FILE_UNWRITABLE` */
export async function checkPlotPlace(path: string | undefined): Promise<void> {
  if (path === undefined) return;
  await access(dirname(path), constants.W_OK).catch((cause: unknown) => Promise.reject(unwritable(path, cause)));
}

/** @throws HostError `FILE_UNWRITABLE` */
export async function writePlot(path: string, svg: string): Promise<void> {
  await writeFile(path, svg).catch((cause: unknown) => Promise.reject(unwritable(path, cause)));
}

function unwritable(path: string, cause: unknown): HostError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new HostError({
    code: 'FILE_UNWRITABLE',
    message: `the plot ${path} can't be written: ${why}`,
    hint: 'name another file with --plot',
    cause,
  });
}
