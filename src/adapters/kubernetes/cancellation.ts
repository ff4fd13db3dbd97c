import { AppError, CancelledError } from '../../domain/errors.ts';

/** What a call rejects with once `signal` is aborted: the signal's own reason where that is an error of ours. */
export function cancellationOf(signal: AbortSignal): AppError {
  return signal.reason instanceof AppError ? signal.reason : new CancelledError(undefined, signal.reason);
}

/** Resolves after `ms`; rejects as soon as `signal` is aborted. For pauses between attempts only. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(cancellationOf(signal));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
