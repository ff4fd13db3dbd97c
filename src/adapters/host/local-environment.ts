import { readFileSync } from 'node:fs';
import type { ByteEnvironment } from '../../domain/session/byte-environment.ts';
import { encodeUtf8 } from '../../domain/session/byte-text.ts';
import { parseEnvironmentBlock } from '../../domain/session/child-environment.ts';

/**
 * The environment that this process was started with, byte for byte, from the kernel. What was assigned to `process.env` since isn't in it.
 * Where there is no /proc: what Node made of it, in which bytes that aren't UTF-8 are lost.
 */
export function readLocalEnvironment(path = '/proc/self/environ', fallback: NodeJS.ProcessEnv = process.env): ByteEnvironment {
  try {
    return parseEnvironmentBlock(readFileSync(path));
  } catch {
    return fromNode(fallback);
  }
}

function fromNode(environment: NodeJS.ProcessEnv): ByteEnvironment {
  return Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name: encodeUtf8(name), value: encodeUtf8(value) }],
  );
}
