import { access, constants, open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HostError, UsageError } from '../../domain/errors.ts';
import type { ByteEnvironment } from '../../domain/session/byte-environment.ts';
import { formatEnvFile, formatEnvJson, isOurEnvFile, isOurEnvJson } from '../../domain/session/env-file.ts';

/** Files to write, absolute paths. */
export interface EnvOutputs {
  readonly envJson: string | undefined;
  readonly envFile: string | undefined;
}

/**
 * Writes what `--env-json` and `--env-file` ask for, each 0600; pipes and `/dev/fd/N` as well.
 * @returns names that the env file can't hold
 * @throws UsageError `OUTPUT_EXISTS` where a file with somebody else's content is there, `FLAG_INVALID` where JSON can't hold a variable;
 * HostError `FILE_UNWRITABLE`
 */
export async function writeEnvOutputs(outputs: EnvOutputs, environment: ByteEnvironment): Promise<readonly string[]> {
  const json = outputs.envJson === undefined ? undefined : formatEnvJson(environment);
  if (json && outputs.envJson !== undefined) await writeOwnFile('--env-json', outputs.envJson, json, isOurEnvJson);
  if (outputs.envFile === undefined) return [];
  const { bytes, leftOut } = formatEnvFile(environment);
  await writeOwnFile('--env-file', outputs.envFile, bytes, isOurEnvFile);
  return leftOut;
}

/**
 * Refuses early, before a pod is made, what {@link writeEnvOutputs} would refuse late. Writes nothing.
 * @throws UsageError `OUTPUT_EXISTS`, `FLAG_CONFLICT` where both are one file; HostError `FILE_UNWRITABLE`
 */
export async function checkEnvOutputs(outputs: EnvOutputs): Promise<void> {
  const { envJson, envFile } = outputs;
  if (envJson !== undefined && envJson === envFile) {
    throw new UsageError({
      code: 'FLAG_CONFLICT',
      message: `--env-json and --env-file name the same file: ${envJson}`,
      hint: 'give them two files',
    });
  }
  if (envJson !== undefined) await checkOwnFile('--env-json', envJson, isOurEnvJson);
  if (envFile !== undefined) await checkOwnFile('--env-file', envFile, isOurEnvFile);
}

type IsOurs = (content: Uint8Array) => boolean;

/** More than any environment that execve takes (Linux: 6 MiB): a larger file isn't ours. */
const largestEnvironment = 16 * 1024 * 1024;

async function checkOwnFile(flag: string, path: string, isOurs: IsOurs): Promise<void> {
  const kind = await kindOf(path);
  if (kind === 'missing') await attempt(path, () => access(dirname(path), constants.W_OK | constants.X_OK));
  if (kind !== 'regular') return;
  const file = await attempt(path, () => open(path, 'r+'));
  await using(file, path, () => requireOurs(flag, path, file, isOurs));
}

async function writeOwnFile(flag: string, path: string, content: Uint8Array, isOurs: IsOurs): Promise<void> {
  const kind = await kindOf(path);
  const flags = { missing: 'wx', regular: 'r+', other: constants.O_WRONLY }[kind];
  const file = await attempt(path, () => open(path, flags, 0o600));
  await using(file, path, async () => {
    if (kind === 'regular') await emptyOurs(flag, path, file, isOurs);
    await attempt(path, () => file.writeFile(content));
  });
}

/** `other`: a pipe, a device: nothing there that could be lost. */
async function kindOf(path: string): Promise<'missing' | 'regular' | 'other'> {
  try {
    return (await stat(path)).isFile() ? 'regular' : 'other';
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 'missing';
    throw unwritable(path, error);
  }
}

async function emptyOurs(flag: string, path: string, file: FileHandle, isOurs: IsOurs): Promise<void> {
  await requireOurs(flag, path, file, isOurs);
  await attempt(path, () => file.truncate(0));
  await attempt(path, () => file.chmod(0o600));
}

/** Leaves the file's position at its start. */
async function requireOurs(flag: string, path: string, file: FileHandle, isOurs: IsOurs): Promise<void> {
  const { size } = await attempt(path, () => file.stat());
  const content = new Uint8Array(Math.min(size, largestEnvironment));
  await attempt(path, () => file.read(content, 0, content.length, 0));
  if (size <= largestEnvironment && isOurs(content)) return;
  throw new UsageError({
    code: 'OUTPUT_EXISTS',
    message: `${flag}: ${path} exists, and inpod didn't write it`,
    hint: 'name another file, or remove this one first',
    details: { path },
  });
}

async function using(file: FileHandle, path: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } finally {
    await attempt(path, () => file.close());
  }
}

async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw unwritable(path, error);
  }
}

function unwritable(path: string, cause: unknown): HostError {
  const code = errorCode(cause) ?? String(cause);
  return new HostError({
    code: 'FILE_UNWRITABLE',
    message: `${path} can't be written: ${code}`,
    hint: 'check the path and its permissions',
    cause,
  });
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
