/** One environment variable as bytes, without NUL; `name` has no `=`. */
export interface ByteVariable {
  readonly name: Uint8Array;
  readonly value: Uint8Array;
}

/** A process environment in order, names unique; bytes end to end since values need not be UTF-8. */
export type ByteEnvironment = readonly ByteVariable[];
