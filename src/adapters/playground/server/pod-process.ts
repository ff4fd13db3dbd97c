import { existsSync, watch, type FSWatcher } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ByteChannel } from '../../../domain/byte-channel.ts';
import { AppError, ClusterError } from '../../../domain/errors.ts';
import type { Endpoint } from '../../../domain/netstack/address/endpoint.ts';
import type { PodObject } from '../../../domain/playground/playground-objects.ts';
import { podHosts, podResolvConf, type Variables } from '../../../domain/playground/pod-surroundings.ts';
import type { ChildExit, OutboundNetwork, TunnelChild, TunnelLease, TunnelPort } from '../../../domain/ports/tunnel-port.ts';
import { encodeUtf8 } from '../../../domain/session/byte-text.ts';
import { sessionAddresses } from '../../../domain/session/session-addresses.ts';

/** What a pod runs. */
export interface PodProgram {
  /** Files of its folder, by name. */
  readonly files: Readonly<Record<string, string>>;
  readonly argv: readonly [string, ...string[]];
  readonly environment: Variables;
}

/** Where and how a pod's process is started. */
export interface PodPlace {
  readonly tunnel: TunnelPort;
  /** The pod's own, made here; the process's working directory. */
  readonly folder: string;
  readonly outbound: OutboundNetwork;
  readonly signal: AbortSignal;
}

const logFile = 'log';
const logTailLines = 10;
const ownerOnly = 0o077;

/** Gives the program its pod's log in place of our terminal. */
const withLog = ['/bin/sh', '-c', `exec "$@" </dev/null >${logFile} 2>&1`, 'sh'];

/** One pod's process, in namespaces of its own. */
export class PodProcess {
  /** How it ended, for people. Never rejects. */
  readonly ended: Promise<string>;
  readonly #lease: TunnelLease;
  readonly #folder: string;
  #isRunning = true;

  /** @throws HostError what `TunnelPort.open` throws; CancelledError */
  static async start(pod: PodObject, program: PodProgram, place: PodPlace): Promise<PodProcess> {
    const { tunnel, folder, outbound, signal } = place;
    await writeFiles(folder, program.files);
    const { name, address, kubeNamespace } = pod;
    const files = { resolvConf: podResolvConf(kubeNamespace), hosts: podHosts(pod) };
    const view = { sessionId: name, hostname: name, addresses: [address], gateway: sessionAddresses.gateway, files, outbound };
    const lease = await tunnel.open(view, [], signal);
    try {
      const environment = Object.entries(program.environment).map(([key, value]) => ({ name: encodeUtf8(key), value: encodeUtf8(value) }));
      const child = await lease.spawn({ argv: [...withLog, ...program.argv], environment, cwd: folder, umask: ownerOnly });
      return new PodProcess(lease, child, folder);
    } catch (error) {
      await lease.close();
      throw error;
    }
  }

  private constructor(lease: TunnelLease, child: TunnelChild, folder: string) {
    this.#lease = lease;
    this.#folder = folder;
    this.ended = child.exited.then(exitText, lossText).finally(() => (this.#isRunning = false));
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** @throws ErrnoError as the pod's kernel says; TunnelError `TUNNEL_LOST` */
  connect(target: Endpoint): Promise<ByteChannel> {
    return this.#lease.connect(target);
  }

  /** Whether somebody in the pod listens on `port`. */
  async listensOn(port: number): Promise<boolean> {
    return (await this.#lease.listening()).some((endpoint) => endpoint.port === port);
  }

  /** Calls `made` once there is a file of that name in the pod's folder, unless `signal` aborts before. @throws ClusterError `API_ERROR` where the folder can't be watched */
  onceMade(name: string, signal: AbortSignal, made: () => void): void {
    const watcher = watching(this.#folder, signal);
    const look = (): void => {
      if (signal.aborted || !existsSync(join(this.#folder, name))) return;
      watcher.close();
      made();
    };
    watcher.on('change', look);
    look();
  }

  /** The last lines of what the process wrote, each indented; empty where it wrote nothing. */
  async logTail(): Promise<string> {
    const text = await readFile(join(this.#folder, logFile), 'utf8').catch(() => '');
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return lines
      .slice(-logTailLines)
      .map((line) => `  ${line}`)
      .join('\n');
  }

  /** Ends the process and all that it started. Idempotent. */
  close(): Promise<void> {
    return this.#lease.close();
  }
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await Promise.all(
    Object.entries(files).map(async ([name, text]) => {
      await mkdir(dirname(join(folder, name)), { recursive: true, mode: 0o700 });
      await writeFile(join(folder, name), text, { mode: 0o600 });
    }),
  );
}

function watching(folder: string, signal: AbortSignal): FSWatcher {
  try {
    return watch(folder, { signal });
  } catch (cause) {
    throw new ClusterError({
      code: 'API_ERROR',
      message: `the playground can't watch its folder ${folder}: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: 'allow more watches: sysctl fs.inotify.max_user_instances, fs.inotify.max_user_watches',
      cause,
    });
  }
}

function exitText({ code, signal }: ChildExit): string {
  return code === undefined ? `signal ${signal}` : `exit code ${code}`;
}

function lossText(error: unknown): string {
  return error instanceof AppError ? error.message : String(error);
}
