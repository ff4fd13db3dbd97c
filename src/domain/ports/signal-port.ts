/** Signals that the user or the system sends to this process: HUP, INT, QUIT, TERM. They don't end it. */
export interface SignalPort {
  /** @returns what ends the subscription */
  subscribe(handler: (signalNumber: number) => void): () => void;
  /** Tells that this process goes on after it was stopped (SIGCONT). @returns what ends the subscription */
  subscribeContinued(handler: () => void): () => void;
}
