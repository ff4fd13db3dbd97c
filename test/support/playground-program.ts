import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { installProgram } from '../e2e/support/install-program.ts';

/** Nobody's, so that it needs no account. */
const ordinaryUid = 61_234;

/** How a program ended, and what it wrote. */
export interface Finished {
  /** 128 + n after a signal. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built program, copied to where every user can read it. */
export class InstalledProgram {
  readonly folder = mkdtempSync(join(tmpdir(), 'inpod-program-'));

  async install(): Promise<void> {
    chmodSync(this.folder, 0o755);
    await installProgram(this.folder);
  }

  get agent(): string {
    return join(this.folder, 'dist/agent.cjs');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Somebody who uses the program, with a home that is empty and a state folder of its own: neither kubeconfig nor session. */
export class ProgramUser {
  readonly home = mkdtempSync(join(tmpdir(), 'inpod-home-'));
  readonly #program: InstalledProgram;
  readonly #uid: number;
  readonly #running = new Set<RunningProgram>();

  /** @param as - `ordinary`: somebody without rights, which whoever runs the tests is, if not root */
  constructor(program: InstalledProgram, as: 'root' | 'ordinary') {
    this.#program = program;
    const own = process.getuid?.() ?? 0;
    this.#uid = as === 'ordinary' && own === 0 ? ordinaryUid : own;
    if (own === 0) chownSync(this.home, this.#uid, this.#uid);
  }

  get playgroundFolder(): string {
    return join(this.home, '.local/state/inpod/playground');
  }

  start(...args: readonly string[]): RunningProgram {
    const running = new RunningProgram(join(this.#program.folder, 'dist/inpod.js'), args, { home: this.home, uid: this.#uid });
    this.#running.add(running);
    return running;
  }

  run(...args: readonly string[]): Promise<Finished> {
    return this.start(...args).done;
  }

  /** Processes whose working directory is below the playground's folder: those of its pods. */
  podProcesses(): readonly { readonly pid: number; readonly argv: readonly string[]; readonly cwd: string }[] {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.flatMap((pid) => {
      try {
        const cwd = readlinkSync(`/proc/${pid}/cwd`);
        const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
        return cwd.startsWith(this.playgroundFolder) ? [{ pid: Number(pid), argv, cwd }] : [];
      } catch {
        return []; // it ended meanwhile, or is another user's
      }
    });
  }

  async leave(): Promise<void> {
    for (const running of this.#running) running.kill('SIGTERM');
    await Promise.all([...this.#running].map(({ done }) => done));
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** The program, running. */
export class RunningProgram {
  readonly done: Promise<Finished>;
  stdout = '';
  stderr = '';
  readonly #process: ChildProcess;
  #heard: () => void = () => undefined;

  constructor(program: string, args: readonly string[], { home, uid }: { readonly home: string; readonly uid: number }) {
    this.#process = spawn(program, args, {
      cwd: home,
      env: { PATH: `/usr/bin:/bin:${dirname(process.execPath)}`, HOME: home },
      stdio: ['ignore', 'pipe', 'pipe'],
      uid,
      gid: process.getuid?.() === 0 ? uid : process.getgid?.(),
    });
    for (const name of ['stdout', 'stderr'] as const) {
      this.#process[name]?.setEncoding('utf8').on('data', (text: string) => {
        this[name] += text;
        this.#heard();
      });
    }
    this.done = new Promise((resolve) =>
      this.#process.on('close', (code, signal) => {
        const number = signal === null ? (code ?? 0) : 128 + constants.signals[signal];
        resolve({ code: number, stdout: this.stdout, stderr: this.stderr });
      }),
    );
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** @throws where it ended before */
  async shows(pattern: RegExp): Promise<void> {
    let hasEnded = false;
    void this.done.then(() => {
      hasEnded = true;
      this.#heard();
    });
    while (!pattern.test(this.stdout + this.stderr)) {
      if (hasEnded) throw new Error(`ended before ${String(pattern)}: ${this.stderr}`);
      await new Promise<void>((resolve) => (this.#heard = resolve));
    }
  }
}
