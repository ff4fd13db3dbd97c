/**
 * The part of the platform's cancellation that the domain may name: a pure value that every platform has.
 * @see {@link https://dom.spec.whatwg.org/#interface-AbortSignal | DOM, AbortSignal}
 */
interface AbortSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
