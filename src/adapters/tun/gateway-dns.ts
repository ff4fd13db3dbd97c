import { concatBytes, copyOfPart } from '../../domain/bytes.ts';
import type { PendingTcp, TcpStream, UdpFlow } from '../../domain/netstack/stack-events.ts';
import type { OutboundNetwork } from '../../domain/ports/tunnel-port.ts';

/** The child's name server listens here, on the gateway address. */
export const dnsPort = 53;

type Resolver = Pick<OutboundNetwork, 'resolve'>;

/**
 * Answers each datagram of a flow to the gateway's DNS port. Programs ask from a port of its own each time: a flow without a question on its way is closed,
 * so that it takes no place of other flows.
 */
export function answerUdpDns(flow: UdpFlow, resolver: Resolver): void {
  let pending = 0;
  flow.onDatagram = (bytes, start, end) => {
    pending++;
    void resolver.resolve(copyOfPart(bytes, start, end), 'udp').then((answer) => {
      flow.send(answer);
      if (--pending === 0) flow.close();
    });
  };
}

/**
 * Answers DNS over TCP: two bytes of length before each message, several questions on one connection.
 * @see {@link https://www.rfc-editor.org/rfc/rfc7766#section-8 | RFC 7766 §8}
 */
export function answerTcpDns(pending: PendingTcp, resolver: Resolver): void {
  const session = new TcpDnsSession(resolver);
  const stream = pending.accept(session);
  if (stream) session.start(stream);
}

class TcpDnsSession {
  readonly #resolver: Resolver;
  #stream: TcpStream | undefined;
  #received = new Uint8Array(0);
  #unsent = new Uint8Array(0);
  #pending = 0;
  #endReceived = false;

  constructor(resolver: Resolver) {
    this.#resolver = resolver;
  }

  start(stream: TcpStream): void {
    this.#stream = stream;
  }

  data(bytes: Uint8Array, start: number, end: number): void {
    this.#received = concatBytes([this.#received, bytes.subarray(start, end)]);
    this.#stream?.consumed(end - start);
    for (let message = this.#takeMessage(); message; message = this.#takeMessage()) this.#answer(message);
  }

  ended(): void {
    this.#endReceived = true;
    this.#flush();
  }

  writable(): void {
    this.#flush();
  }

  closed(): void {
    this.#stream = undefined;
  }

  #takeMessage(): Uint8Array | undefined {
    if (this.#received.length < 2) return undefined;
    const end = 2 + (((this.#received[0] ?? 0) << 8) | (this.#received[1] ?? 0));
    if (this.#received.length < end) return undefined;
    const message = this.#received.slice(2, end);
    this.#received = this.#received.slice(end);
    return message;
  }

  #answer(message: Uint8Array): void {
    this.#pending++;
    void this.#resolver.resolve(message, 'tcp').then((answer) => {
      this.#pending--;
      this.#unsent = concatBytes([this.#unsent, Uint8Array.of(answer.length >> 8, answer.length & 0xff), answer]);
      this.#flush();
    });
  }

  #flush(): void {
    const stream = this.#stream;
    if (!stream) return;
    if (this.#unsent.length > 0) this.#unsent = this.#unsent.slice(stream.write(this.#unsent));
    if (this.#endReceived && this.#pending === 0 && this.#unsent.length === 0) stream.end();
  }
}
