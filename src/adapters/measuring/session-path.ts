import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import type { RunFigures } from '../../domain/benchmark/run-figures.ts';
import { TunnelError } from '../../domain/errors.ts';
import type { BenchTarget, MeasuredPathPort, PathProbe } from '../../domain/ports/measured-path-port.ts';
import type { TunnelPort } from '../../domain/ports/tunnel-port.ts';
import { measureRun } from './measure-run.ts';
import { MeasuringClient } from './measuring-client.ts';
import { processTreeCpu } from './process-tree-cpu.ts';

/** How sessions are made. */
export interface SessionPathSettings {
  /** The program itself, `dist/inpod.js`. */
  readonly program: string;
  /** The measuring program. */
  readonly client: string;
  /** Flags of `inpod run` that say which cluster, and as whom. */
  readonly flags: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether sudo may be taken: the backend was asked for by its name, or nobody needs it. */
  readonly mayTakeSudo: boolean;
}

/** One backend: each run is an `inpod run` of its own, with the measuring program as its command. */
export class SessionPath implements MeasuredPathPort {
  readonly kind = 'backend';
  readonly #tunnel: TunnelPort;
  readonly #settings: SessionPathSettings;

  constructor(tunnel: TunnelPort, settings: SessionPathSettings) {
    this.#tunnel = tunnel;
    this.#settings = settings;
  }

  get name(): string {
    return this.#tunnel.name;
  }

  async probe(signal: AbortSignal): Promise<PathProbe> {
    const { name, capabilities } = this.#tunnel;
    if (!capabilities.rootless && !this.#settings.mayTakeSudo)
      return { usable: false, reason: `takes sudo, and that only where it is asked for: --backend ${name}; or run inpod bench as root` };
    const probe = await this.#tunnel.probe(signal);
    return probe.usable ? probe : { usable: false, reason: probe.reason };
  }

  async measure(target: BenchTarget, measureMs: number, signal: AbortSignal): Promise<RunFigures> {
    signal.throwIfAborted();
    const startedAt = performance.now();
    const { program, environment } = this.#settings;
    const session = spawn(process.execPath, [...process.execArgv, program, ...this.#words(target)], { stdio: 'pipe', env: environment });
    const ended = once(session, 'close');
    const told = new SessionTold(session);
    // It releases what it has, as after a signal of its user's.
    const stop = (): void => void session.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    const client = new MeasuringClient(session);
    try {
      const cpuSeconds = (): number | undefined => processTreeCpu(session.pid ?? 0, told.childPid);
      return await measureRun({ client, measureMs, startedAt, cpuSeconds });
    } catch (error) {
      stop();
      await ended;
      signal.throwIfAborted();
      throw told.failure ?? error;
    } finally {
      client.end();
      await ended;
      signal.removeEventListener('abort', stop);
    }
  }

  #words({ address, port }: BenchTarget): readonly string[] {
    const { client, flags } = this.#settings;
    // Whatever is known of the cluster's networks, the pod is one of it.
    const route = this.#tunnel.capabilities.routing !== 'none' ? ['--also-proxy', address] : [];
    const command = [process.execPath, client, address, String(port)];
    return ['run', ...flags, '--backend', this.name, '--no-publish', ...route, '-o', 'json', '--', ...command];
  }
}

/** What a session tells on its stderr, as far as a run needs it. */
class SessionTold {
  /** The command's process, once it runs. */
  childPid: number | undefined;
  /** Why the session failed, where it said so. */
  failure: TunnelError | undefined;

  constructor(session: ChildProcess) {
    if (session.stderr) createInterface({ input: session.stderr }).on('line', (line) => this.#onLine(line));
  }

  #onLine(line: string): void {
    if (!line.startsWith('{')) return;
    const event = JSON.parse(line) as { kind: string; pid?: number; message?: string; hint?: string };
    if (event.kind === 'child-started') this.childPid = event.pid;
    if (event.kind === 'error')
      this.failure = new TunnelError({ code: 'TUNNEL_LOST', message: event.message ?? 'the session failed', hint: event.hint });
  }
}
