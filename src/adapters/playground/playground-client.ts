import { connect } from 'node:net';
import type { ByteChannel } from '../../domain/byte-channel.ts';
import { CancelledError, ClusterError, TunnelError } from '../../domain/errors.ts';
import type { PodProgress } from '../../domain/ports/cluster/agent-pods.ts';
import { LineSocket, type SocketToChannel } from './line-socket.ts';
import {
  formatLine,
  fromWireError,
  parseAnswer,
  type PlaygroundOperation,
  type PlaygroundRequest,
  type RequestOf,
  type ResultOf,
} from './playground-protocol.ts';

/** How long an agent that was reached may take to say the first word. */
const greetingLimitMs = 10_000;

/** Asks a playground by its socket. */
export class PlaygroundClient {
  readonly #socketPath: string;

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** @throws what the server threw; ClusterError `API_UNREACHABLE` where no playground runs; CancelledError */
  async call<Op extends PlaygroundOperation>(
    request: RequestOf<Op>,
    signal: AbortSignal,
    progress: (step: PodProgress) => void = () => undefined,
  ): Promise<ResultOf<Op>> {
    return this.#connected(signal, async (socket) => {
      const result = await ask(socket, request as PlaygroundRequest, progress);
      socket.destroy();
      return result as ResultOf<Op>;
    });
  }

  /** Resolves with the agent's first bytes: an SSH server speaks first, and until then nobody may be there. @throws as `call`; TunnelError `LINK_FAILED` */
  async dial(request: RequestOf<'dial'>, asChannel: SocketToChannel, signal: AbortSignal): Promise<ByteChannel> {
    return this.#connected(signal, async (socket) => {
      await ask(socket, request, () => undefined);
      const timer = setTimeout(() => socket.destroy(), greetingLimitMs);
      const isGreeted = await socket.hasBytes();
      clearTimeout(timer);
      if (!isGreeted) throw silentAgent(request.podName);
      return socket.takeOver(asChannel);
    });
  }

  async #connected<T>(signal: AbortSignal, use: (socket: LineSocket) => Promise<T>): Promise<T> {
    if (signal.aborted) throw new CancelledError('cancelled', signal.reason);
    const socket = await this.#connect();
    const onAbort = (): void => socket.destroy();
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      return await use(socket);
    } catch (error) {
      socket.destroy();
      throw signal.aborted ? new CancelledError('cancelled', signal.reason) : error;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** A Unix socket connects at once or not at all. */
  #connect(): Promise<LineSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ path: this.#socketPath, allowHalfOpen: true });
      const fail = (cause: NodeJS.ErrnoException): void => reject(notReached(this.#socketPath, cause));
      socket.once('error', fail);
      socket.once('connect', () => {
        socket.off('error', fail);
        resolve(new LineSocket(socket));
      });
    });
  }
}

async function ask(socket: LineSocket, request: PlaygroundRequest, progress: (step: PodProgress) => void): Promise<unknown> {
  socket.write(formatLine(request));
  for (;;) {
    const line = await socket.readLine();
    if (line === undefined) throw endedMeanwhile();
    const answer = parseAnswer(line);
    if (answer.kind === 'error') throw fromWireError(answer.error);
    if (answer.kind === 'result') return answer.result;
    progress(answer.progress);
  }
}

function notReached(socketPath: string, cause: NodeJS.ErrnoException): ClusterError {
  const isAbsent = cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED';
  return new ClusterError({
    code: 'API_UNREACHABLE',
    message: isAbsent ? 'no playground runs' : `the playground can't be reached at ${socketPath}: ${cause.message}`,
    hint: 'start one in another terminal: inpod playground',
    cause,
  });
}

function endedMeanwhile(): ClusterError {
  return new ClusterError({
    code: 'API_UNREACHABLE',
    message: 'the playground ended',
    hint: 'start one in another terminal: inpod playground',
  });
}

function silentAgent(podName: string): TunnelError {
  return new TunnelError({
    code: 'LINK_FAILED',
    message: `the agent in the pod ${podName} doesn't answer`,
    hint: 'it may just be starting',
    transient: true,
  });
}
