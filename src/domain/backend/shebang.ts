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
  return { interpreter, viaEnv: /(^|\/)env$/.test(interpreter) ? startedByEnv(args) : undefined };
}

/** Options of env(1) whose value is the next word where it isn't joined to them. */
const optionsWithValue = /^(-[a-zA-Z]*[uCa]|--unset|--chdir|--argv0)$/;
/** What splits the line into words; the first of them may be joined to it. */
const splitting = /^(-[a-zA-Z]*?S|--split-string=?)/;

/** `env -S A=1 node --flag`, `env -iu HOME node`: the first word that is neither an option, an option's value nor a variable. */
function startedByEnv(args: readonly string[]): string | undefined {
  let words = args.map((word) => word.replace(splitting, '')).filter((word) => word !== '');
  for (;;) {
    const [word, ...rest] = words;
    if (word === undefined) return undefined;
    if (word === '--') words = rest;
    else if (optionsWithValue.test(word)) words = rest.slice(1);
    else if (word.startsWith('-') || word.includes('=')) words = rest;
    else return word.replaceAll(/["']/g, '');
  }
}
