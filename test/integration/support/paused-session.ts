import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import type { JournalEntry } from '../../../src/domain/session/undo-journal.ts';
import { allProcesses, familyOf, hasVariable, type ProcessView } from './process-tree.ts';

/** Where a session is stopped: at a record of its journal, or when it has the place and goes on. */
export type Moment = Exclude<JournalEntry['kind'], `machine-${string}`> | 'place-taken';

/** What a session is started with. */
export interface PausedSessionParts {
  /** The programs: the one that pauses, and the usual one. */
  readonly pausing: string;
  readonly inpod: string;
  /** Of the session alone, empty. */
  readonly folder: string;
  /** That name the cluster and the Deployment. */
  readonly flags: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Serves on the workload's port, and ends when its standard input does. */
const command = `require('http').createServer((_, answer) => answer.end('new')).listen(process.env.PORT);
process.stdin.on('end', () => process.exit(0)).resume();`;

/** So that hundreds of requests needn't drain here. */
const timings = { INPOD_CONFIG_TIMINGS_ROUTE_SETTLE_MS: '50', INPOD_CONFIG_TIMINGS_DRAIN_MS: '100' };

/** A session of the real program, which goes from record to record as the test likes. It leads a process group of its own, as a terminal's job does. */
export class PausedSession {
  readonly #parts: PausedSessionParts;
  readonly #server: Server;
  readonly #process: ChildProcess;
  /** What the program told, by lines. */
  readonly #told: string[] = [];
  #socket: Socket | undefined;
  #stopsAt: Moment | undefined;
  #output = '';
  #heard: () => void = () => undefined;
  #code: number | undefined;
  /** All processes that the session was seen to have. */
  readonly #family = new Map<number, ProcessView>();

  static async start(parts: PausedSessionParts, stopsAt: Moment): Promise<PausedSession> {
    const server = createServer();
    server.listen(join(parts.folder, 'records'));
    await once(server, 'listening');
    return new PausedSession(parts, server, stopsAt);
  }

  private constructor(parts: PausedSessionParts, server: Server, stopsAt: Moment) {
    this.#parts = parts;
    this.#server = server;
    this.#stopsAt = stopsAt;
    server.on('connection', (socket) => this.#listenTo(socket));
    const args = ['run', ...parts.flags, '--no-publish', '--', 'node', '-e', command];
    this.#process = this.#spawn(parts.pausing, args, 'pipe');
    this.#process.stdin?.on('error', () => undefined); // it is gone already
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
      this.#heard();
    });
    this.#process.on('close', (code) => {
      this.#code = code ?? -1;
      this.#heard();
    });
  }

  get output(): string {
    return this.#output;
  }

  get sessionIds(): readonly string[] {
    return readdirSync(join(this.#parts.folder, 'inpod/sessions'));
  }

  get journals(): readonly string[] {
    const sessions = join(this.#parts.folder, 'inpod/sessions');
    return this.sessionIds.filter((id) => readdirSync(join(sessions, id)).includes('journal.jsonl'));
  }

  /** Until it stands at its moment; those that come only at the end are brought about. @throws where it ended before */
  async stands(): Promise<void> {
    const moment = this.#stopsAt;
    if (moment !== 'session-opened' && moment !== 'lease-intended' && moment !== 'workload-intended') {
      await this.#until(() => this.#output.includes('is at 0; what comes for'));
      this.#look();
      if (moment !== 'place-taken') this.#process.stdin?.end();
    }
    if (moment !== 'place-taken') await this.#until(() => this.#told.includes(`record ${moment}`));
    this.#look();
  }

  /** Goes on to the end without a stop. */
  goOn(): void {
    const stoodAtRecord = this.#stopsAt !== 'place-taken';
    this.#stopsAt = undefined;
    if (stoodAtRecord) this.#socket?.write('go\n');
  }

  /** Pids of the session's own programs; `undefined` for one that isn't there. */
  get pids(): Readonly<Record<'inpod' | 'launcher' | 'watchdog', number | undefined>> {
    const family = familyOf(this.#pid);
    const pidOf = (pattern: RegExp): number | undefined => family.find((one) => pattern.test(one.command))?.pid;
    const inpod = family.find(({ pid }) => pid === this.#pid)?.pid;
    const launcher = family.find(({ command: line, parent }) => line.includes('inpod-launcher') && parent === this.#pid)?.pid;
    return { inpod, launcher, watchdog: pidOf(/watchdog\.js/) };
  }

  /** Resolves when the program has got it. */
  async signal(name: 'SIGHUP' | 'SIGTERM'): Promise<void> {
    process.kill(this.#pid, name);
    await this.#until(() => this.#told.includes(`signal ${name}`));
  }

  /** As a terminal does. */
  async pressCtrlC(): Promise<void> {
    process.kill(-this.#pid, 'SIGINT');
    await this.#until(() => this.#told.includes('signal SIGINT'));
  }

  /** Until the program's end. @returns its exit code; -1 for a signal */
  async ended(): Promise<number> {
    while (this.#code === undefined) await this.#news();
    return this.#code;
  }

  /** Processes that are left of the session, by what it was seen to have and by the variables that all of them inherit: `pid command`. */
  get leftProcesses(): readonly string[] {
    const isSeen = ({ pid, startTicks }: ProcessView): boolean => this.#family.get(pid)?.startTicks === startTicks;
    const left = allProcesses().filter((one) => isSeen(one) || hasVariable(one, `INPOD_TEST_RECORDS=${this.#records}`));
    return left.map(({ pid, command: line }) => `${pid} ${line}`);
  }

  /** `inpod restore`, in the same state folder. @returns what it said */
  async restore(): Promise<{ readonly code: number | null; readonly text: string }> {
    const restore = this.#spawn(this.#parts.inpod, ['restore'], 'ignore');
    let text = '';
    for (const stream of [restore.stdout, restore.stderr]) stream?.setEncoding('utf8').on('data', (some: string) => (text += some));
    await once(restore, 'close');
    return { code: restore.exitCode, text };
  }

  /** Ends what is left of it by SIGKILL, if anything is. */
  close(): void {
    for (const line of this.leftProcesses) process.kill(Number(line.split(' ')[0]), 'SIGKILL');
    this.#socket?.destroy();
    this.#server.close();
  }

  get #records(): string {
    return join(this.#parts.folder, 'records');
  }

  get #pid(): number {
    return this.#process.pid ?? 0;
  }

  #spawn(program: string, args: readonly string[], stdin: 'pipe' | 'ignore'): ChildProcess {
    const { folder, env: more } = this.#parts;
    const env = { PATH: `/usr/bin:/bin:${dirname(process.execPath)}`, HOME: folder, XDG_STATE_HOME: folder };
    return spawn(process.execPath, [program, ...args], {
      cwd: folder,
      env: { ...env, ...timings, ...more, INPOD_TEST_RECORDS: this.#records },
      stdio: [stdin, 'pipe', 'pipe'],
      detached: true,
    });
  }

  #listenTo(socket: Socket): void {
    this.#socket = socket;
    socket.on('error', () => undefined); // the program died
    socket.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.trimEnd().split('\n')) this.#hear(line, socket);
      this.#heard();
    });
  }

  #hear(line: string, socket: Socket): void {
    this.#told.push(line);
    if (line.startsWith('record ') && line !== `record ${this.#stopsAt}`) socket.write('go\n');
  }

  #look(): void {
    for (const one of familyOf(this.#pid)) this.#family.set(one.pid, one);
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.#code !== undefined) throw new Error(`it ended before, with ${this.#code}:\n${this.#output}`);
      await this.#news();
    }
  }

  #news(): Promise<void> {
    return new Promise((resolve) => (this.#heard = resolve));
  }
}
