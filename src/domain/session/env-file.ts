import type { ByteEnvironment, ByteVariable } from './byte-environment.ts';
import { decodeUtf8, encodeUtf8, fromBinary, showBytes, toBinary } from './byte-text.ts';
import { UsageError } from '../errors.ts';

/** The first bytes of every env file that we wrote: what lets us write it anew. */
const envFileMarker = '# written by inpod';

/** The key by which a JSON file is known as ours. */
const jsonMarker = 'INPOD_SESSION';

/** An env file, and what it can't hold. */
export interface EnvFileContent {
  readonly bytes: Uint8Array;
  /** Names that no shell can assign (such as `my.name`), left out; a JSON file holds them. In a form for messages. */
  readonly leftOut: readonly string[];
}

/**
 * Text that `set -a; . FILE` reads back exactly, multi-line values and bytes that aren't UTF-8 included: plain where no character is special,
 * so that `docker run --env-file` reads those too, else in single quotes (POSIX shell, §2.2.2), which docker would take literally.
 */
export function formatEnvFile(environment: ByteEnvironment): EnvFileContent {
  const lines = [`${envFileMarker}; for a shell: set -a; . FILE`];
  const leftOut: string[] = [];
  for (const variable of environment) {
    const name = toBinary(variable.name);
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) lines.push(`${name}=${quoteForShell(toBinary(variable.value))}`);
    else leftOut.push(showBytes(variable.name));
  }
  return { bytes: fromBinary(`${lines.join('\n')}\n`), leftOut };
}

function quoteForShell(value: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]*$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

/**
 * One JSON object, names to values.
 * @throws UsageError `FLAG_INVALID` where a name or value isn't UTF-8: JSON can't carry it
 */
export function formatEnvJson(environment: ByteEnvironment): Uint8Array {
  const text = JSON.stringify(Object.fromEntries(environment.map(jsonEntry)), undefined, 2);
  return encodeUtf8(`${text}\n`);
}

function jsonEntry(variable: ByteVariable): [string, string] {
  const name = decodeUtf8(variable.name);
  const value = decodeUtf8(variable.value);
  if (name !== undefined && value !== undefined) return [name, value];
  const shown = showBytes(variable.name);
  throw new UsageError({
    code: 'FLAG_INVALID',
    message: `--env-json can't hold ${shown}: ${name === undefined ? 'its name' : 'its value'} isn't UTF-8 text`,
    hint:
      name === undefined ? 'use --env-file, or leave it out with --env-exclude' : `use --env-file, or leave it out: --env-exclude ${shown}`,
  });
}

/** Whether a file of this content may be written anew: it is empty, or an env file of ours. */
export function isOurEnvFile(content: Uint8Array): boolean {
  return content.length === 0 || toBinary(content.subarray(0, envFileMarker.length)) === envFileMarker;
}

/** As {@link isOurEnvFile}, for JSON: an object with the key `INPOD_SESSION`. */
export function isOurEnvJson(content: Uint8Array): boolean {
  if (content.length === 0) return true;
  try {
    const value: unknown = JSON.parse(decodeUtf8(content) ?? '');
    return typeof value === 'object' && value !== null && Object.hasOwn(value, jsonMarker);
  } catch {
    return false;
  }
}
