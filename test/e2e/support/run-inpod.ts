import { spawn, type ChildProcess } from 'node:child_process';
import { chownSync, mkdtempSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';
import type { ClusterUser, LaptopUser } from './bed.ts';
import { runsAsRoot } from './e2e-environment.ts';

/** How to run the program. */
export interface InpodRun {
  /** Who on the laptop; `ordinary` by default. */
  readonly as?: 'root' | 'ordinary';
  /** Whose kubeconfig; `developer` by default. */
  readonly user?: ClusterUser;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Under a terminal of its own: `write` types into it. */
  readonly pty?: boolean;
  /** A program and its words that come before `node`: `unshare`, `bash -c`. */
  readonly prefix?: readonly string[];
  /** The same, before it becomes the user's. */
  readonly place?: readonly string[];
  /** Descriptors from 3 on. */
  readonly extraStdio?: readonly number[];
  readonly cwd?: string;
}

/** What a finished run gave. */
export interface InpodResult {
  /** The exit code, or 128 + n after a signal, as shells have it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
}

/** Runs the built program to its end. */
export function runInpod(run: InpodRun): Promise<InpodResult> {
  return startInpod(run).done;
}

/** Starts the built program. */
export function startInpod(run: InpodRun): RunningInpod {
  return new RunningInpod(run);
}

/** The built program, running. */
export class RunningInpod {
  readonly done: Promise<InpodResult>;
  /** Home of logs and journals, empty before. */
  readonly state: string;
  stdout = '';
  stderr = '';
  readonly #process: ChildProcess;
  readonly #watchers = new Set<() => void>();

  constructor(run: InpodRun) {
    const bed = inject('bed');
    const user = run.as === 'root' ? bed.root : bed.ordinary;
    this.state = mkdtempSync(join(bed.folder, 'state-'));
    if (runsAsRoot) chownSync(this.state, user.uid, user.gid);
    const [program = '', ...args] = commandLine(run, user);
    const startedAt = performance.now();
    this.#process = spawn(program, args, {
      cwd: run.cwd ?? this.state,
      env: environment(run, user, this.state),
      stdio: ['pipe', 'pipe', 'pipe', ...(run.extraStdio ?? [])],
    });
    if (run.pty !== true) this.#process.stdin?.end(run.input ?? '');
    this.#process.stdin?.on('error', () => undefined); // it may have ended before it read all
    this.#collect();
    this.done = new Promise((resolve, reject) => {
      this.#process.on('error', reject);
      this.#process.on('close', (code, signal) => {
        const number = signal === null ? (code ?? 0) : 128 + (constants.signals[signal] ?? 0);
        resolve({ code: number, stdout: this.stdout, stderr: this.stderr, durationMs: performance.now() - startedAt });
      });
    });
  }

  /** Of the program itself, but under a terminal, where it is the terminal's. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Types into the terminal. */
  write(text: string): void {
    this.#process.stdin?.write(`${JSON.stringify({ write: text })}\n`);
  }

  /** Changes the terminal's size. */
  resize(rows: number, columns: number): void {
    this.#process.stdin?.write(`${JSON.stringify({ resize: [rows, columns] })}\n`);
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Resolves when stdout or stderr, or what the terminal shows, matches. @throws where the program ended or `limitMs` passed before */
  async shows(pattern: RegExp, limitMs = 40_000): Promise<void> {
    const matches = (): boolean => pattern.test(this.stdout) || pattern.test(this.stderr);
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${why} before ${pattern}:\n${this.stderr}\n${this.stdout}`));
      const timer = setTimeout(() => fail(`${limitMs} ms`), limitMs);
      const look = (): void => {
        if (!matches()) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
      this.#process.on('close', () => {
        clearTimeout(timer);
        if (!matches()) fail('it ended');
      });
    });
  }

  #collect(): void {
    for (const name of ['stdout', 'stderr'] as const) {
      this.#process[name]?.setEncoding('utf8').on('data', (chunk: string) => {
        this[name] += chunk;
        for (const look of this.#watchers) look();
      });
    }
  }
}

function commandLine(run: InpodRun, user: LaptopUser): readonly string[] {
  const bed = inject('bed');
  const terminal = run.pty === true ? ['python3', join(bed.clients, 'terminal.py')] : [];
  const become = user.uid === process.getuid?.() ? [] : ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--init-groups', '--'];
  return [...(run.place ?? []), ...become, ...terminal, ...(run.prefix ?? []), join(bed.install, 'dist/inpod.js'), ...run.args];
}

/** Nothing of whoever runs the tests but the paths of programs. */
function environment(run: InpodRun, user: LaptopUser, state: string): NodeJS.ProcessEnv {
  const bed = inject('bed');
  const [markerName = '', markerValue] = bed.marker.split('=');
  return {
    PATH: `/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:${dirname(process.execPath)}`,
    HOME: user.home,
    USER: user.name,
    LOGNAME: user.name,
    SHELL: '/bin/bash',
    LANG: 'C.UTF-8',
    TERM: 'xterm',
    XDG_STATE_HOME: state,
    XDG_CONFIG_HOME: join(state, 'config'),
    KUBECONFIG: bed.kubeconfigs[run.user ?? 'developer'],
    [markerName]: markerValue,
    ...run.env,
  };
}
