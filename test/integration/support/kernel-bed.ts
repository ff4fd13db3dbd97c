import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import type { FrameFaults } from '../../../src/domain/netstack/device/fault-injector.ts';
import { makeDirectory, type Person } from '../../adapters/tun/launcher-bed.ts';
import { compileNative, type NativeOutputs } from '../../adapters/tun/launcher-build.ts';
import type { DriverAnswer, DriverPlan, DriverRequest } from './kernel-driver.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../../..');

/** How a command in the session ended; -1: it wasn't done in time. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface BedOptions {
  /** `best` by default. */
  readonly device?: 'best' | 'plain';
  readonly seed?: number;
  /** A path that the person may write. */
  readonly capturePath?: string;
}

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/** One session of the driver's, run by a person; commands in it, and what the far side saw. */
export class KernelBed {
  readonly #process: ChildProcess;
  readonly #directory: ReturnType<typeof makeDirectory>;
  readonly #answers: Waiting<DriverAnswer>[] = [];
  readonly #commands = new Map<number, Waiting<Ended>>();
  readonly #ended: Promise<void>;
  #stderr = '';
  #lastId = 0;

  static async open(person: Person, options: BedOptions = {}): Promise<KernelBed> {
    const directory = makeDirectory();
    const bed = new KernelBed(person, options, directory, await build(directory.path));
    await bed.#answer();
    return bed;
  }

  private constructor(person: Person, options: BedOptions, directory: ReturnType<typeof makeDirectory>, built: Built) {
    this.#directory = directory;
    const plan: DriverPlan = {
      launcherPath: built.launcher,
      libraryPath: built.tunLibrary,
      programPath: built.programPath,
      device: options.device ?? 'best',
      seed: options.seed ?? 1,
      capturePath: options.capturePath,
    };
    const planPath = join(directory.path, 'driver-plan.json');
    writeFileSync(planPath, JSON.stringify(plan));
    const identity = person.uid === process.getuid?.() ? {} : { uid: person.uid, gid: person.gid };
    this.#process = spawn(process.execPath, [built.driverPath, planPath], {
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
      cwd: '/tmp',
      detached: true,
      ...identity,
    });
    this.#process.stdin?.on('error', () => undefined); // it may have ended
    this.#process.stderr?.on('data', (text: Buffer) => (this.#stderr += text.toString()));
    this.#process.on('message', (answer: DriverAnswer) => this.#answers.shift()?.resolve(answer));
    if (this.#process.stdout) createInterface(this.#process.stdout).on('line', (line) => this.#heard(line));
    this.#ended = new Promise((resolve) => this.#process.once('close', () => resolve(this.#end())));
  }

  /** One client of namespace-program.py. @returns what it printed */
  async act(name: string, argument: object): Promise<Record<string, unknown>> {
    const program = join(this.#directory.path, 'namespace-program.py');
    const { code, stdout, stderr } = await this.run(['/usr/bin/python3', program, name, JSON.stringify(argument)]);
    if (code !== 0) throw new Error(`${name} ended with ${code}: ${stderr}${stdout}; driver: ${this.#stderr}`);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  /** Any command; several may run at once. */
  run(argv: readonly string[], more: { readonly stdin?: string; readonly limitMs?: number } = {}): Promise<Ended> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#commands.set(id, { resolve, reject });
      this.#process.stdin?.write(`${JSON.stringify({ id, argv, ...more })}\n`);
    });
  }

  /** Faults of the path, both ways, from now on. */
  async setFaults(faults: FrameFaults): Promise<void> {
    await this.#ask({ faults });
  }

  /** What the far side saw up to now, and which kind of TUN it is. */
  look(): Promise<DriverAnswer> {
    return this.#ask({ ask: 'seen' });
  }

  /** Who didn't read at the far side reads; who wasn't answered is; who only listens says something. */
  async release(): Promise<void> {
    await this.#ask({ ask: 'release' });
  }

  /** Connects to what listens on the session's 127.0.0.1, as soon as it does, and sends 24 MB and their hash as there is room. */
  async flood(port: number): Promise<void> {
    await this.#ask({ floodPort: port });
  }

  async close(): Promise<void> {
    if (this.#process.connected) this.#process.send({ ask: 'close' } satisfies DriverRequest);
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), 10_000);
    await this.#ended;
    clearTimeout(timer);
    this.#directory.remove();
  }

  #ask(request: DriverRequest): Promise<DriverAnswer> {
    const answer = this.#answer();
    if (this.#process.connected) this.#process.send(request);
    return answer;
  }

  #answer(): Promise<DriverAnswer> {
    return new Promise((resolve, reject) => this.#answers.push({ resolve, reject }));
  }

  #heard(line: string): void {
    const { id, ...ended } = JSON.parse(line) as Ended & { readonly id: number };
    this.#commands.get(id)?.resolve(ended);
    this.#commands.delete(id);
  }

  #end(): void {
    const error = new Error(`the driver ended: ${this.#stderr}`);
    for (const { reject } of [...this.#answers, ...this.#commands.values()]) reject(error);
  }
}

interface Built extends NativeOutputs {
  readonly driverPath: string;
  readonly programPath: string;
}

/** The driver lies below native/, where it finds node_modules; the program where the person can read it. */
async function build(directory: string): Promise<Built> {
  const native = await compileNative();
  const driverPath = join(root, 'native/build/kernel-driver.mjs');
  const entryPoints = [join(here, 'kernel-driver.ts')];
  buildSync({ entryPoints, bundle: true, platform: 'node', format: 'esm', target: 'node20', external: ['ffi-napi'], outfile: driverPath });
  const programPath = join(directory, 'namespace-program.py');
  copyFileSync(join(here, 'namespace-program.py'), programPath);
  return { ...native, driverPath, programPath };
}
