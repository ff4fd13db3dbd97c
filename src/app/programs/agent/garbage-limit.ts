import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { canFreeBuffers } from './free-buffer.ts';

/** What of the buffers made for so many bytes of traffic may lie about: V8 itself looks only after 32 MB of them. */
const trafficPerCollectionBytes = 2_097_152;

/**
 * Buffers that waited for the path during two collections are old, and only a full one (5 to 20 ms) frees them. Where they aren't freed at once, a loaded machine
 * saw 77 MB resident with one after every 16 MB of traffic, after every 8 at most 72.
 */
const youngPerFullCollection = canFreeBuffers ? 16 : 4;

let untilCollectionBytes = trafficPerCollectionBytes;
let youngCollections = 0;
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
  youngCollections = (youngCollections + 1) % youngPerFullCollection;
  if (youngCollections === 0) collect?.();
  else collect?.({ type: 'minor' });
}

/** What answering a question leaves about: a socket, buffers, strings. */
const questionBytes = 8192;

/** As {@link countTraffic}, of a question for a name, whose litter is more than its bytes. */
export function countQuestion(): void {
  countTraffic(questionBytes);
}
