import type { ClientRequest, IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { ByteChannel, ChannelFailure } from '../../domain/byte-channel.ts';
import { ClusterError, TunnelError, type AppError } from '../../domain/errors.ts';
import type { CarrierPort } from '../../domain/ports/carrier-port.ts';
import { deferred } from '../../domain/promises.ts';
import { agentPort } from '../../domain/protocol/protocol.ts';
import type { ApiClient } from './api-client.ts';
import type { ApiConnection } from './api-connection.ts';
import { answerStatusOf, errorOfAnswer, isNotFound } from './api-errors.ts';
import { cancellationOf } from './cancellation.ts';
import type { KubernetesTimings } from './kubernetes-timings.ts';
import { endOfPod, type PodEnd } from './pod-end.ts';
import type { PodView } from './pod-view.ts';
import { PortForwardChannel, portForwardProtocols } from './port-forward-channel.ts';
import { timedOut, unreachable } from './unreachable.ts';

const protocolHeader = 'sec-websocket-protocol';

/** The kubelet's messages are at most 32 KiB; a longer one is not of this protocol. */
const maxMessageBytes = 16_777_216;

/** What reaching a pod takes. */
export interface PortForwardParts {
  readonly connection: ApiConnection;
  /** By the same connection. */
  readonly api: Pick<ApiClient, 'call'>;
  readonly timings: KubernetesTimings;
  readonly kubeNamespace: string;
  readonly podName: string;
}

const deleted: PodEnd = {
  how: 'the cluster has no such pod any more',
  hint: 'somebody, or a policy of the cluster, deleted it; run it again; see: kubectl get events',
};

/**
 * Streams to the agent's port by the API's port-forward, a WebSocket each.
 * @see {@link https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.33/#create-connect-portforward-pod-v1-core | connect portforward}
 */
export class PortForwardCarrier implements CarrierPort {
  readonly #connection: ApiConnection;
  readonly #api: Pick<ApiClient, 'call'>;
  readonly #timings: KubernetesTimings;
  readonly #podName: string;
  readonly #podPath: string;
  readonly #path: string;

  constructor({ connection, api, timings, kubeNamespace, podName }: PortForwardParts) {
    this.#connection = connection;
    this.#api = api;
    this.#timings = timings;
    this.#podName = podName;
    this.#podPath = `/api/v1/namespaces/${encodeURIComponent(kubeNamespace)}/pods/${encodeURIComponent(podName)}`;
    this.#path = `${this.#podPath}/portforward?ports=${agentPort}`;
  }

  /** Resolves with the agent's first bytes: an SSH server speaks first, and nothing else of the protocol tells that somebody listens. */
  async dial(signal: AbortSignal): Promise<ByteChannel> {
    try {
      return await this.#attemptTwice(signal);
    } catch (error) {
      throw error instanceof ClusterError && error.code === 'POD_GONE' ? await this.#examined(error, signal) : error;
    }
  }

  async #attemptTwice(signal: AbortSignal): Promise<ByteChannel> {
    try {
      return await this.#attempt(signal);
    } catch (error) {
      if (signal.aborted) throw cancellationOf(signal);
      // A pooled connection that was dead, or a credential that ended: once more.
      const mayRepeat = isStaleConnection(error) || (answerStatusOf(error) === 401 && this.#connection.credentialRefused());
      if (!mayRepeat) throw error;
      return await this.#attempt(signal);
    }
  }

  async #attempt(signal: AbortSignal): Promise<ByteChannel> {
    const signed = await this.#connection.sign(signal);
    const url = this.#connection.server.replace(/^http/, 'ws') + this.#path;
    const socket = new WebSocket(url, portForwardProtocols.map(asToken), {
      ...signed,
      finishRequest: withProtocols,
      handshakeTimeout: this.#timings.connectTimeoutMs,
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
      generateMask: noMask,
    });
    socket.on('upgrade', answerAsToken);
    const channel = new PortForwardChannel(socket, agentPort);
    try {
      await this.#opened(socket, signal);
      await this.#answered(channel, signal);
      return channel;
    } catch (error) {
      socket.terminate();
      throw error;
    }
  }

  #opened(socket: WebSocket, signal: AbortSignal): Promise<void> {
    const opened = deferred<void>();
    socket.on('open', () => opened.resolve());
    socket.on('error', (error) => opened.reject(this.#notConnected(error)));
    socket.on('unexpected-response', (_request, response) => void this.#refusal(response).then(opened.reject, opened.reject));
    return untilAborted(opened, signal);
  }

  async #answered(channel: PortForwardChannel, signal: AbortSignal): Promise<void> {
    const answered = deferred<void>();
    channel.firstData.then(answered.resolve, (failure: ChannelFailure) => answered.reject(this.#notListening(failure)));
    const waitedMs = this.#timings.connectTimeoutMs;
    const silence = { errno: 'ETIMEDOUT', message: `no answer within ${waitedMs / 1000} s` } as const;
    const timer = setTimeout(() => answered.reject(this.#notListening(silence)), waitedMs);
    try {
      await untilAborted(answered, signal);
    } finally {
      clearTimeout(timer);
    }
  }

  #notConnected(error: Error): AppError {
    if (error.message === 'Opening handshake has timed out')
      return timedOut(this.#connection, this.#timings.connectTimeoutMs, 'connecting');
    return unreachable(error, this.#connection);
  }

  /** The API's answer instead of the WebSocket's. */
  async #refusal(response: IncomingMessage): Promise<AppError> {
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const status = response.statusCode ?? 0;
    const error = errorOfAnswer(status, parsedOrText(text), { method: 'CONNECT', path: this.#path });
    return error.code === 'NOT_FOUND' || /pod does not exist|pod not found|not found \("/.test(text) ? this.#gone(deleted, error) : error;
  }

  /**
   * The node's word alone doesn't count, since a kubelet that was restarted doesn't know its pods yet; the API knows the pod, and how it ended.
   * @returns why there is no stream
   */
  async #examined(gone: ClusterError, signal: AbortSignal): Promise<AppError> {
    try {
      const end = endOfPod(await this.#api.call<PodView>({ method: 'GET', path: this.#podPath, signal }));
      if (end) return this.#gone(end, gone);
    } catch (error) {
      if (isNotFound(error)) return this.#gone(deleted, gone);
      if (error instanceof ClusterError) return error;
      throw error;
    }
    return this.#notReached(`its node doesn't know it at the moment`, gone);
  }

  #notListening(failure: ChannelFailure): AppError {
    if (/not running|not found|does not exist|not in running state/i.test(failure.message)) return this.#gone(deleted, failure);
    return this.#notReached(failure.message, failure, { errno: failure.errno });
  }

  #notReached(why: string, cause: unknown, details: Readonly<Record<string, string>> = {}): TunnelError {
    return new TunnelError({
      code: 'LINK_FAILED',
      message: `the agent in the pod ${this.#podName} doesn't answer: ${why}`,
      hint: `see: kubectl logs ${this.#podName}`,
      details,
      transient: true,
      cause,
    });
  }

  #gone({ how, hint }: PodEnd, cause: unknown): ClusterError {
    return new ClusterError({ code: 'POD_GONE', message: `the pod ${this.#podName} is gone: ${how}`, hint, cause });
  }
}

/**
 * A masking key of zeros, with which the mask changes nothing and costs nothing.
 * Deviation: RFC 6455 §5.3 wants it unpredictable, lest a web page choose the bytes on the wire; here they are SSH's, encrypted, inside TLS.
 */
function noMask(mask: Buffer): void {
  mask.fill(0);
}

/** Kubernetes' name of a protocol as ws allows it: RFC 6455 §4.1 wants a token, which has no `/`. */
function asToken(protocol: string): string {
  return protocol.replace('/', '-');
}

function withProtocols(request: ClientRequest): void {
  request.setHeader(protocolHeader, portForwardProtocols.join(', '));
  request.end();
}

function answerAsToken({ headers }: IncomingMessage): void {
  const chosen = headers[protocolHeader];
  if (chosen !== undefined) headers[protocolHeader] = asToken(chosen);
}

/** `outcome`'s promise, rejected as soon as `signal` aborts. */
async function untilAborted(
  outcome: { readonly promise: Promise<void>; readonly reject: (reason: unknown) => void },
  signal: AbortSignal,
): Promise<void> {
  const onAbort = (): void => outcome.reject(cancellationOf(signal));
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    await outcome.promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function isStaleConnection(error: unknown): boolean {
  return error instanceof ClusterError && error.code === 'API_UNREACHABLE' && error.details['cause'] === 'ECONNRESET';
}

function parsedOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
