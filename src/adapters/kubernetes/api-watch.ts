import type { IncomingMessage } from 'node:http';
import type { ApiClient } from './api-client.ts';
import { errorOfAnswer, type ApiStatus } from './api-errors.ts';
import { cancellationOf } from './cancellation.ts';

/** What is watched. */
export interface WatchRequest {
  readonly path: string;
  /** `fieldSelector`, `resourceVersion`; without the latter the objects that there are come first, as `ADDED`. */
  readonly query: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** One change. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
}

/** The API ends a watch by itself after this long; a new one is begun. */
const watchSeconds = 300;

/**
 * Changes as the API tells them. Returns when the watch ended: by its time limit, by a lost connection, or since its resource version is too old (410);
 * the caller reads the object afresh and watches on from there.
 * @throws ClusterError where the watch is refused; CancelledError, or the signal's reason
 * @see {@link https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes | Efficient detection of changes}
 */
export async function* watch<T>(api: ApiClient, request: WatchRequest): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const query = { ...request.query, watch: 'true', timeoutSeconds: String(watchSeconds) };
  const response = await api.stream({ method: 'GET', path: request.path, query, signal: request.signal });
  for await (const line of lines(response, request.signal)) {
    const event = JSON.parse(line) as { type: string; object: unknown };
    if (event.type === 'BOOKMARK') continue;
    if (event.type !== 'ERROR') {
      yield event as WatchEvent<T>;
      continue;
    }
    const status = event.object as ApiStatus;
    if (status.code === 410) return;
    throw errorOfAnswer(status.code ?? 500, status, { method: 'WATCH', path: request.path });
  }
}

/** Whole lines; the last one may be cut off by a lost connection and is left out then. */
async function* lines(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<string, void, undefined> {
  let rest = '';
  response.setEncoding('utf8');
  try {
    for await (const text of response as AsyncIterable<string>) {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      yield* parts.filter((line) => line.trim() !== '');
    }
  } catch {
    // The connection was lost, which ends a watch like its time limit: the caller's next request tells whether the API is away.
    if (signal.aborted) throw cancellationOf(signal);
  }
}
