/** Signals that the user or the system sends to this process: HUP, INT, QUIT, TERM. They don't end it. */
export interface SignalPort {
  /** @returns what ends the subscription */
  subscribe(handler: (signalNumber: number) => void): () => void;
}
