import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What of the buffers made for so many bytes of traffic may lie about: V8 itself looks only after 32 MB of them. */
const trafficPerCollectionBytes = 4_194_304;

/** Buffers that waited for the path during two collections are old, and only a full one (5 ms, and as much in V8's other threads) frees them. */
const mostOldBufferBytes = 12_582_912;

let untilCollectionBytes = trafficPerCollectionBytes;
/** Without options a full collection. */
let collect: ((options?: { readonly type: 'minor' }) => void) | undefined;

/** Gets V8's collector, which is otherwise hidden. Called once at start; without it the agent only takes more memory. */
export function limitGarbage(): void {
  setFlagsFromString('--expose-gc');
  collect = runInNewContext('gc') as typeof collect;
}

/**
 * Counts bytes that passed through the agent, and frees the short-lived buffers made for them (encrypted packets, mostly) once there are enough:
 * a millisecond each time, and a resident size that a small pod can be given.
 */
export function countTraffic(bytes: number): void {
  untilCollectionBytes -= bytes;
  if (untilCollectionBytes > 0) return;
  untilCollectionBytes = trafficPerCollectionBytes;
  collect?.({ type: 'minor' });
  if (process.memoryUsage().arrayBuffers > mostOldBufferBytes) collect?.();
}
