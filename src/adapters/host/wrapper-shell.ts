import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** Between two looks at who our parent is: one system call each. */
const lookEveryMs = 500;

const shells: ReadonlySet<string> = new Set(['sh', 'dash', 'ash', 'bash', 'ksh', 'zsh', 'busybox']);

/**
 * Whether a process with this command line is a shell that does nothing but wait for its one command, inpod: what npm, yarn, make and others put
 * between themselves and us. It can't end before us but by a signal; a shell that started us in the background, or goes on afterwards, may.
 * @param argv - `sh`, `-c`, `'inpod' run -- ...`
 */
export function isWrapperShell(argv: readonly string[]): boolean {
  const [shell = '', flag, script = ''] = argv;
  if (!shells.has(basename(shell)) || flag !== '-c') return false;
  const unquoted = script.replaceAll(/'[^']*'/g, (text) => (text.includes('inpod') ? text.slice(1, -1) : 'x'));
  return /^\s*(\S*\/)?inpod(\.js)?(\s|$)/.test(unquoted) && !/[&;|<>()`$"\\\n]/.test(script.replaceAll(/'[^']*'/g, ''));
}

/**
 * Calls `gone` once when the shell that wraps us ends before we do: somebody ended npm by a signal, npm passed it on to its shell, and that to nobody.
 * No event tells that a parent ended, but the new parent's pid does.
 * @returns what ends the watch
 */
export function watchWrapperShell(gone: () => void): () => void {
  const parent = process.ppid;
  if (!isWrapperShell(argumentsOf(parent))) return () => undefined;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    gone();
  }, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

function argumentsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // no /proc, or not for us to read
  }
}
