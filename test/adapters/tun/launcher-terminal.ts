import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';
import { makeDirectory, processesMarked, writePlan, type Built, type Person } from './launcher-bed.ts';
import type { DriverPlan } from './launcher-driver.ts';

const keys = { 'Ctrl-C': '\x03', 'Ctrl-Z': '\x1a', 'Ctrl-\\': '\x1c', 'Ctrl-D': '\x04' } as const;

/** A person at a terminal: an interactive bash with job control under script(1), which makes the pty. */
export class TerminalRun {
  readonly #process: ChildProcess;
  readonly #built: Built;
  readonly #directories: { readonly path: string; remove(): void }[] = [];
  readonly #ended: Promise<void>;
  #seen = '';
  #from = 0;
  #wake: () => void = () => undefined;

  constructor(built: Built, person: Person) {
    this.#built = built;
    const env = { PATH: process.env.PATH ?? '', TERM: 'dumb', HOME: '/tmp', SHELL: '/bin/bash' };
    const shell = 'exec env PS1="outer> " bash --norc --noprofile -i';
    this.#process = spawn('script', ['-qfec', shell, '/dev/null'], { uid: person.uid, gid: person.gid, cwd: '/tmp', env, detached: true });
    this.#process.stdout?.on('data', (bytes: Buffer) => {
      this.#seen += stripVTControlCharacters(bytes.toString()).replaceAll('\r', '');
      this.#wake();
    });
    this.#process.stdin?.on('error', () => undefined); // the shell ended
    this.#ended = new Promise((resolve) => this.#process.once('close', () => resolve()));
  }

  /** The command line that runs the driver with this plan; what it reports goes nowhere. */
  command(plan: DriverPlan): string {
    const directory = makeDirectory();
    this.#directories.push(directory);
    return `${process.execPath} ${this.#built.driverPath} ${writePlan(directory.path, plan)} 3>/dev/null`;
  }

  type(text: string): void {
    this.#process.stdin?.write(text);
  }

  press(key: keyof typeof keys): void {
    this.type(keys[key]);
  }

  enter(line: string): void {
    this.type(`${line}\n`);
  }

  /** Waits until what is shown, after what was matched before, matches. @returns the match */
  async shows(pattern: RegExp, timeoutMs = 10_000): Promise<RegExpExecArray> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const match = pattern.exec(this.#seen.slice(this.#from));
      if (match) {
        this.#from += match.index + match[0].length;
        return match;
      }
      const left = deadline - Date.now();
      if (left <= 0)
        throw new Error(
          `${String(pattern)} wasn't shown in ${timeoutMs} ms, but: ${JSON.stringify(this.#seen.slice(this.#from))}, after ${JSON.stringify(this.#seen.slice(0, this.#from))}`,
        );
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => (clearTimeout(timer), resolve());
      });
    }
  }

  /** Resizes the terminal `path`, as its window would. */
  resize(path: string, size: { readonly rows: number; readonly columns: number }): void {
    execFileSync('stty', ['-F', path, 'rows', String(size.rows), 'cols', String(size.columns)]);
  }

  /** Programs on this terminal that run yet. */
  remaining(): number[] {
    return this.#directories.flatMap(({ path }) => processesMarked(path));
  }

  /** Hangs up, and waits for the shell's end. */
  async close(): Promise<void> {
    this.#process.kill('SIGKILL'); // the terminal is gone with script
    await this.#ended;
  }

  /** Removes the plans. */
  clear(): void {
    for (const directory of this.#directories) directory.remove();
  }
}
