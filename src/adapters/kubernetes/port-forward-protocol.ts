/** What a message of the server says. */
export type PortForwardEvent =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  /** The kubelet's prose: the stream failed. */
  | { readonly kind: 'error'; readonly text: string }
  /** The far side sends no more. */
  | { readonly kind: 'ended' }
  /** The protocol itself wants this sent back. */
  | { readonly kind: 'reply'; readonly message: Uint8Array };

/** One port-forward stream as messages of one WebSocket. Pure; one instance for each WebSocket. */
export interface PortForwardProtocol {
  /** What is sent before anything else. */
  opening(): readonly Uint8Array[];
  /** Messages that carry `chunk`, in order. */
  dataMessages(chunk: Uint8Array): Iterable<Uint8Array>;
  /** The message that ends this side's half; `undefined` where the protocol has no half-close, so that a stream ends with its WebSocket. */
  endMessage(): Uint8Array | undefined;
  /** @param take - called with what the message says, in order; bytes are views on it */
  read(message: Uint8Array, take: (event: PortForwardEvent) => void): void;
}
