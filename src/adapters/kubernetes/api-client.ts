import { setMaxListeners } from 'node:events';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { ApiConnection } from './api-connection.ts';
import { errorOfAnswer } from './api-errors.ts';
import { cancellationOf, pause } from './cancellation.ts';
import type { KubernetesTimings } from './kubernetes-timings.ts';
import { timedOut, unreachable } from './unreachable.ts';

/** One request to the API. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the root: `/api/v1/...`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly body?: unknown;
  /** Of the body; JSON by default. */
  readonly contentType?: string | undefined;
  readonly signal: AbortSignal;
}

/** How requests reach the API, and by what right. */
export type ApiTransport = Pick<ApiConnection, 'server' | 'proxy' | 'sign' | 'credentialRefused'>;

const maxBusyAttempts = 4;
const maxBusyWaitMs = 5_000;

/** Speaks HTTP with the API server over pooled connections. */
export class ApiClient {
  readonly #connection: ApiTransport;
  readonly #timings: KubernetesTimings;

  constructor(connection: ApiTransport, timings: KubernetesTimings) {
    this.#connection = connection;
    this.#timings = timings;
  }

  /**
   * @returns the answer's JSON, or its text where it isn't JSON
   * @throws ClusterError for each answer that isn't 2xx (api-errors.ts); `API_UNREACHABLE`; CancelledError, or the signal's reason
   */
  async call<T>(request: ApiRequest): Promise<T> {
    return this.#within(request, async (deadline) => (await readBody(await this.#open(request, deadline.signal))) as T);
  }

  /** As `call`. @returns the server's time besides, in milliseconds since 1970, by whole seconds */
  async callDated(request: ApiRequest): Promise<{ readonly answer: unknown; readonly serverWallMs: number }> {
    return this.#within(request, async (deadline) => {
      const response = await this.#open(request, deadline.signal);
      const serverWallMs = Date.parse(response.headers.date ?? '');
      return { answer: await readBody(response), serverWallMs };
    });
  }

  /**
   * An answer that is read as it comes; without time limit once its head is here.
   * @throws as `call`
   */
  async stream(request: ApiRequest): Promise<IncomingMessage> {
    const controller = new AbortController();
    return this.#within(request, async (deadline) => {
      const onAbort = (): void => controller.abort(request.signal.reason);
      deadline.signal.addEventListener('abort', onAbort, { once: true });
      request.signal.addEventListener('abort', onAbort, { once: true });
      const response = await this.#open(request, controller.signal);
      response.once('close', () => request.signal.removeEventListener('abort', onAbort));
      return response;
    });
  }

  async #within<T>(request: ApiRequest, act: (deadline: Deadline) => Promise<T>): Promise<T> {
    const { requestTimeoutMs } = this.#timings;
    const deadline = new Deadline(request.signal, requestTimeoutMs);
    try {
      return await act(deadline);
    } catch (error) {
      if (request.signal.aborted) throw cancellationOf(request.signal);
      throw deadline.expired
        ? timedOut(this.#connection, requestTimeoutMs, `${request.method} ${request.path}`)
        : unreachable(error, this.#connection);
    } finally {
      deadline.dispose();
    }
  }

  /** Tries again where that is safe: a renewed credential after 401, after 429 when the server says so. */
  async #open(request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
    let mayRenew = true;
    for (let attempt = 1; ; attempt++) {
      const response = await this.#attempt(request, signal);
      const status = response.statusCode ?? 0;
      if (status >= 200 && status < 300) return response;
      const body = await readBody(response);
      if (status === 401 && mayRenew && this.#connection.credentialRefused()) mayRenew = false;
      else if (status === 429 && attempt < maxBusyAttempts) await pause(busyWaitMs(response), signal);
      else throw errorOfAnswer(status, body, request);
    }
  }

  async #attempt(request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
    try {
      return await this.#exchange(request, signal);
    } catch (error) {
      const { code, reusedSocket } = error as { code?: string; reusedSocket?: boolean };
      // The server closed an idle connection just then. A POST may have been carried out, so that one isn't repeated.
      if (!reusedSocket || request.method === 'POST' || (code !== 'ECONNRESET' && code !== 'EPIPE')) throw error;
      return this.#exchange(request, signal);
    }
  }

  async #exchange(request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const signed = await this.#connection.sign(signal);
    const url = new URL(this.#connection.server + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const headers = { ...signed.headers, accept: 'application/json', 'user-agent': 'inpod', ...bodyHeaders(body, request.contentType) };
    return this.#send(url, { ...signed, headers, method: request.method, signal }, body);
  }

  #send(url: URL, options: RequestOptions, body: Buffer | undefined): Promise<IncomingMessage> {
    const { connectTimeoutMs } = this.#timings;
    return new Promise((resolve, reject) => {
      const outgoing = (url.protocol === 'http:' ? httpRequest : httpsRequest)(url, options);
      const timer = setTimeout(() => outgoing.destroy(timedOut(this.#connection, connectTimeoutMs, 'connecting')), connectTimeoutMs);
      const connected = (): void => clearTimeout(timer);
      outgoing.once('socket', (socket) => {
        const { encrypted, secureConnecting } = socket as TLSSocket & { secureConnecting?: boolean };
        if (outgoing.reusedSocket || !(secureConnecting ?? socket.connecting)) connected();
        else socket.once(encrypted ? 'secureConnect' : 'connect', connected);
      });
      outgoing.once('response', (response) => {
        connected();
        resolve(response);
      });
      outgoing.on('error', (error) => {
        connected();
        reject(Object.assign(error, { reusedSocket: outgoing.reusedSocket }));
      });
      outgoing.end(body);
    });
  }
}

/** A time limit on top of the caller's signal. Not AbortSignal.any: on Node 20 that holds on to what a session's long-lived signal joined. */
class Deadline {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal;
  readonly #onAbort: () => void;
  readonly #timer: NodeJS.Timeout;
  expired = false;

  constructor(caller: AbortSignal, ms: number) {
    this.#caller = caller;
    this.#onAbort = () => this.#controller.abort(caller.reason);
    this.#timer = setTimeout(() => {
      this.expired = true;
      this.#controller.abort();
    }, ms);
    // Dozens of requests may share the session's signal: that is no leak, and Node's warning would go to the user's terminal.
    setMaxListeners(0, caller);
    if (caller.aborted) this.#onAbort();
    else caller.addEventListener('abort', this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#caller.removeEventListener('abort', this.#onAbort);
  }
}

async function readBody(response: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  if (!(response.headers['content-type'] ?? '').includes('json')) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function bodyHeaders(body: Buffer | undefined, contentType = 'application/json'): Record<string, string | number> {
  return body === undefined ? {} : { 'content-type': contentType, 'content-length': body.length };
}

/** @see {@link https://kubernetes.io/docs/concepts/cluster-administration/flow-control/ | API Priority and Fairness}: 429 means that nothing was done. */
function busyWaitMs(response: IncomingMessage): number {
  const seconds = Number(response.headers['retry-after'] ?? '1');
  return Math.min(Number.isFinite(seconds) ? seconds * 1000 : 1000, maxBusyWaitMs);
}
