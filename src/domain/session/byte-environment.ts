import { decodeUtf8 } from '../protocol/utf8.ts';

/** One environment variable as bytes, without NUL; `name` has no `=`. */
export interface ByteVariable {
  readonly name: Uint8Array;
  readonly value: Uint8Array;
}

/** A process environment in order, names unique; bytes end to end since values need not be UTF-8. */
export type ByteEnvironment = readonly ByteVariable[];

/** The text of a variable; `undefined` where it isn't set, or isn't UTF-8. */
export function variableOf(environment: ByteEnvironment, name: string): string | undefined {
  const found = environment.find((one) => decodeUtf8(one.name) === name);
  return found && decodeUtf8(found.value);
}
