import { decodeUtf8 } from '../protocol/utf8.ts';

/** What the kernel starts for a script (execve(2), "Interpreter scripts"): a path, and for `env` the name that it looks up. */
export interface Shebang {
  readonly interpreter: string;
  /** Where the interpreter is `env`: the program that it starts. */
  readonly viaEnv: string | undefined;
}

/** The kernel reads no more of the first line. */
export const shebangBytes = 256;

/** @returns `undefined` for what is no script with such a line. Never throws. */
export function parseShebang(head: Uint8Array): Shebang | undefined {
  if (head[0] !== 0x23 || head[1] !== 0x21) return undefined;
  const end = head.indexOf(0x0a);
  const line = decodeUtf8(head.subarray(2, end < 0 ? head.length : end));
  const words = line?.trim().split(/[ \t]+/) ?? [];
  const [interpreter = '', ...args] = words;
  if (interpreter === '') return undefined;
  const isEnv = /(^|\/)env$/.test(interpreter);
  // `env -S node --flag`, `env -i A=1 node`: the first word that is neither an option nor a variable.
  return { interpreter, viaEnv: isEnv ? args.find((word) => !word.startsWith('-') && !word.includes('=')) : undefined };
}
