import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import type { RunFigures } from '../../domain/benchmark/run-figures.ts';
import type { BenchTarget, MeasuredPathPort, PathProbe } from '../../domain/ports/measured-path-port.ts';
import type { ProgramFilesPort } from '../../domain/ports/program-files-port.ts';
import type { Forward, OpenForward, PeerSettings } from './forward.ts';
import type { GuardedProgram } from './guarded-program.ts';
import { measureRun } from './measure-run.ts';
import { MeasuringClient } from './measuring-client.ts';
import { processTreeCpu } from './process-tree-cpu.ts';

/** What a peer is. */
export interface Peer {
  readonly name: string;
  /** Programs that it takes, by their names. */
  readonly needs: readonly string[];
  readonly open: OpenForward;
}

/** Where programs are found, and the measuring one. */
export interface PeerPathSettings extends PeerSettings {
  readonly programs: Pick<ProgramFilesPort, 'find'>;
  readonly client: string;
}

/** What ours is compared with: somebody else's forward of a port, and the measuring program on this machine as it is. */
export class PeerPath implements MeasuredPathPort {
  readonly kind = 'peer';
  readonly #peer: Peer;
  readonly #settings: PeerPathSettings;

  constructor(peer: Peer, settings: PeerPathSettings) {
    this.#peer = peer;
    this.#settings = settings;
  }

  get name(): string {
    return this.#peer.name;
  }

  async probe(): Promise<PathProbe> {
    const { programs, environment } = this.#settings;
    const place = { searchPath: environment['PATH'], cwd: process.cwd() };
    for (const name of this.#peer.needs) {
      if (!(await programs.find(name, place))) return { usable: false, reason: `${name} isn't installed` };
    }
    return { usable: true };
  }

  async measure(target: BenchTarget, measureMs: number, signal: AbortSignal): Promise<RunFigures> {
    signal.throwIfAborted();
    const startedAt = performance.now();
    const started: GuardedProgram[] = [];
    const endAll = async (): Promise<void> => void (await Promise.all(started.map((program) => program.close())));
    // What waits for a program fails by its end.
    const stop = (): void => void endAll();
    signal.addEventListener('abort', stop, { once: true });
    try {
      const forward = await this.#peer.open(target, this.#settings, started);
      const cpuSeconds = (): number | undefined => sumOf(started.map(({ pid }) => processTreeCpu(pid, undefined)));
      return await this.#measureThrough(forward, { measureMs, startedAt, cpuSeconds, signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      await endAll();
    }
  }

  async #measureThrough(
    { port }: Forward,
    how: {
      readonly measureMs: number;
      readonly startedAt: number;
      readonly cpuSeconds: () => number | undefined;
      readonly signal: AbortSignal;
    },
  ): Promise<RunFigures> {
    const { client: program, environment } = this.#settings;
    const child = spawn(process.execPath, [program, '127.0.0.1', String(port)], { stdio: ['pipe', 'pipe', 'ignore'], env: environment });
    const ended = once(child, 'close');
    const client = new MeasuringClient(child);
    const stop = (): void => client.end();
    how.signal.addEventListener('abort', stop, { once: true });
    try {
      return await measureRun({ client, ...how });
    } finally {
      how.signal.removeEventListener('abort', stop);
      client.end();
      await ended;
    }
  }
}

function sumOf(parts: readonly (number | undefined)[]): number | undefined {
  const known = parts.flatMap((part) => part ?? []);
  return known.length < parts.length ? undefined : known.reduce((sum, part) => sum + part, 0);
}
