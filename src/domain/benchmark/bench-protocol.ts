/** Where the far end of a benchmark listens in its pod. */
export const benchPort = 28_417;

/** Of one small request, and of its answer. */
export const requestBytes = 128;

/**
 * First line of a connection to the far end: `down MS` is answered with blocks for MS milliseconds; after `up` the client's blocks are answered with
 * `ok BYTES` or `wrong`; after `echo` all comes back.
 */
export type BenchRequest = { readonly kind: 'down'; readonly ms: number } | { readonly kind: 'up' } | { readonly kind: 'echo' };

/** @returns the line, newline included */
export function formatBenchRequest(request: BenchRequest): string {
  return request.kind === 'down' ? `down ${request.ms}\n` : `${request.kind}\n`;
}

/** @param line - without its newline @returns `undefined` for what is no request */
export function parseBenchRequest(line: string): BenchRequest | undefined {
  if (line === 'up' || line === 'echo') return { kind: line };
  const [, ms] = /^down (\d{1,7})$/.exec(line) ?? [];
  return ms === undefined ? undefined : { kind: 'down', ms: Number(ms) };
}

/** What one client measures at a time. */
export const benchMeasures = ['down', 'up', 'connects', 'requests'] as const;
export type BenchMeasure = (typeof benchMeasures)[number];

/** To the client, a line of JSON each on its stdin, whose end ends it. */
export interface ClientOrder {
  readonly measure: BenchMeasure;
  readonly ms: number;
}

/** From the client, a line of JSON each on its stdout: first that it runs, then an answer for each order. */
export type ClientAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'stream'; readonly bytes: number; readonly ms: number }
  | { readonly kind: 'connects'; readonly count: number; readonly ms: number }
  | { readonly kind: 'requests'; readonly tookMs: readonly number[] }
  | { readonly kind: 'failed'; readonly message: string };
