import { WebSocket } from 'ws';
import { ClusterError } from '../../domain/errors.ts';
import { deferred } from '../../domain/promises.ts';
import type { ApiConnection } from './api-connection.ts';
import { errorOfAnswer, type ApiStatus } from './api-errors.ts';
import { cancellationOf } from './cancellation.ts';
import type { KubernetesTimings } from './kubernetes-timings.ts';
import { unreachable } from './unreachable.ts';

/** A container, and a command that ends by itself. */
export interface ExecRequest {
  readonly podName: string;
  readonly container: string;
  readonly command: readonly string[];
}

/** Far more than an environment can be (a kernel's limit is 2 MiB). */
const maxMessageBytes = 16_777_216;

/** First byte of each message. */
const [stdoutChannel, errorChannel] = [1, 3];

/** Runs commands in containers, without input. */
export class ContainerExec {
  readonly #connection: ApiConnection;
  readonly #timings: KubernetesTimings;
  readonly #pods: string;

  constructor(connection: ApiConnection, timings: KubernetesTimings, kubeNamespace: string) {
    this.#connection = connection;
    this.#timings = timings;
    this.#pods = `/api/v1/namespaces/${encodeURIComponent(kubeNamespace)}/pods`;
  }

  /**
   * @returns what it wrote to stdout
   * @throws ClusterError `FORBIDDEN`, `NOT_FOUND`; `API_ERROR` where it couldn't be started or failed
   * @see {@link https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.33/#create-connect-exec-pod-v1-core | connect exec}
   */
  async run({ podName, container, command }: ExecRequest, signal: AbortSignal): Promise<Uint8Array> {
    const query = new URLSearchParams({ container, stdout: 'true' });
    for (const word of command) query.append('command', word);
    const path = `${this.#pods}/${encodeURIComponent(podName)}/exec`;
    const socket = new WebSocket(`${this.#connection.server.replace(/^http/, 'ws')}${path}?${query.toString()}`, 'v4.channel.k8s.io', {
      ...(await this.#connection.sign(signal)),
      handshakeTimeout: this.#timings.connectTimeoutMs,
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
    });
    const onAbort = (): void => socket.terminate();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await this.#output(socket, path);
    } catch (error) {
      if (signal.aborted) throw cancellationOf(signal);
      throw error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      socket.terminate();
    }
  }

  #output(socket: WebSocket, path: string): Promise<Uint8Array> {
    const done = deferred<Uint8Array>();
    const chunks: Buffer[] = [];
    socket.on('message', (data) => {
      const message = data as Buffer;
      if (message[0] === stdoutChannel) chunks.push(message.subarray(1));
      if (message[0] !== errorChannel) return;
      const status = JSON.parse(message.subarray(1).toString('utf8')) as ApiStatus & { readonly status?: string };
      if (status.status === 'Success') done.resolve(Buffer.concat(chunks));
      else done.reject(errorOfAnswer(500, status, { method: 'GET', path }));
    });
    socket.on('unexpected-response', (_request, { statusCode = 0, statusMessage = '' }) =>
      done.reject(errorOfAnswer(statusCode, { message: `${statusMessage}: exec isn't allowed, or not possible` }, { method: 'GET', path })),
    );
    socket.on('error', (error) => done.reject(unreachable(error, this.#connection)));
    socket.on('close', () => done.reject(new ClusterError({ code: 'API_ERROR', message: 'the connection ended before the command did' })));
    return done.promise;
  }
}
