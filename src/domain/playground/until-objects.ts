import { CancelledError } from '../errors.ts';
import type { ObjectStore } from './object-store.ts';

/**
 * Looks after each change of the objects until there is something to see.
 * @param look - gives `undefined` to go on; what it throws ends the wait
 * @throws CancelledError as soon as `signal` aborts
 */
export function untilObjects<T>(objects: ObjectStore, look: () => T | undefined, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const settle = (how: () => void): void => {
      stop();
      signal.removeEventListener('abort', cancel);
      how();
    };
    const cancel = (): void => settle(() => reject(new CancelledError('cancelled', signal.reason)));
    const lookAgain = (): void => {
      try {
        const seen = look();
        if (seen !== undefined) settle(() => resolve(seen));
      } catch (error) {
        settle(() => reject(error));
      }
    };
    const stop = objects.subscribe(lookAgain);
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    else lookAgain();
  });
}
