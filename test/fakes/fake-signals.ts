import type { SignalPort } from '../../src/domain/ports/signal-port.ts';

/** Signals that a test sends. */
export class FakeSignals implements SignalPort {
  readonly #handlers = new Set<(signalNumber: number) => void>();

  get subscribers(): number {
    return this.#handlers.size;
  }

  subscribe(handler: (signalNumber: number) => void): () => void {
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  }

  send(signalNumber: number): void {
    for (const handler of this.#handlers) handler(signalNumber);
  }
}
