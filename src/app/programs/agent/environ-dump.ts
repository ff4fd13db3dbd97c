import type { ByteEnvironment, ByteVariable } from '../../../domain/session/byte-environment.ts';

/**
 * Variables from the text of /proc/PID/environ: `NAME=value` entries, each ended by NUL.
 * Of equal names the first counts, as for getenv(3); an entry without `=` or without a name is none.
 */
export function parseEnvironDump(dump: Uint8Array): ByteEnvironment {
  const variables = new Map<string, ByteVariable>();
  for (let start = 0; start < dump.length;) {
    const nul = dump.indexOf(0, start);
    const end = nul === -1 ? dump.length : nul;
    const equals = dump.indexOf(0x3d, start);
    if (equals > start && equals < end) {
      const name = dump.subarray(start, equals);
      const key = name.join();
      if (!variables.has(key)) variables.set(key, { name, value: dump.subarray(equals + 1, end) });
    }
    start = end + 1;
  }
  return [...variables.values()];
}

/**
 * Leaves out what is the agent image's rather than the container's: a variable that has just the value that the image gives it.
 * The shell that saves the dump adds nothing to it, since the kernel shows a process's variables as they were when it was started.
 */
export function withoutImageVariables(environment: ByteEnvironment, image: Readonly<Record<string, string>>): ByteEnvironment {
  const text = new TextDecoder('latin1');
  return environment.filter(({ name, value }) => image[text.decode(name)] !== text.decode(value));
}
