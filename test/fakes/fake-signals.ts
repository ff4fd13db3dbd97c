import type { SignalPort } from '../../src/domain/ports/signal-port.ts';

/** Signals that a test sends. */
export class FakeSignals implements SignalPort {
  readonly #handlers = new Set<(signalNumber: number) => void>();

  readonly #continued = new Set<() => void>();

  get subscribers(): number {
    return this.#handlers.size + this.#continued.size;
  }

  subscribe(handler: (signalNumber: number) => void): () => void {
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  }

  subscribeContinued(handler: () => void): () => void {
    this.#continued.add(handler);
    return () => void this.#continued.delete(handler);
  }

  /** As after Ctrl-Z and `fg`. */
  continue(): void {
    for (const handler of this.#continued) handler();
  }

  send(signalNumber: number): void {
    for (const handler of this.#handlers) handler(signalNumber);
  }
}
