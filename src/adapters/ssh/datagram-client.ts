import type { ByteChannel } from '../../domain/byte-channel.ts';
import { TunnelError } from '../../domain/errors.ts';
import type { Endpoint } from '../../domain/netstack/address/endpoint.ts';
import type { DatagramChannel, DatagramSink } from '../../domain/ports/link-port.ts';
import { emitUdpFrame, maxUdpBodyBytes, maxUdpPayloadBytes, parseUdpFrame } from '../../domain/protocol/udp-frame.ts';
import { readFrames } from './framed-reader.ts';

/** The laptop's end of the UDP channel: a flow for each {@link DatagramChannel}. */
export class DatagramClient {
  readonly #channel: ByteChannel;
  readonly #sinks = new Map<number, DatagramSink | undefined>();
  #lastFlow = 0;
  #hasRoom = true;
  #isClosed = false;

  /** Attaches to `channel`, so call it in the turn in which the channel was received. */
  constructor(channel: ByteChannel) {
    this.#channel = channel;
    readFrames(channel, {
      subject: 'datagram',
      maxBodyBytes: maxUdpBodyBytes,
      onBody: (body) => this.#receive(body),
      onDrained: () => (this.#hasRoom = true),
      onClosed: () => this.#close(),
    });
  }

  /** @throws TunnelError `LINK_LOST` */
  open(remote: Endpoint): DatagramChannel {
    if (this.#isClosed) throw new TunnelError({ code: 'LINK_LOST', message: 'the link to the agent was lost', transient: true });
    this.#lastFlow = (this.#lastFlow + 1) >>> 0;
    const flow = this.#lastFlow;
    this.#sinks.set(flow, undefined);
    return {
      attach: (sink) => void this.#sinks.set(flow, sink),
      send: (payload) => this.#send(flow, remote, payload),
      close: () => this.#end(flow),
    };
  }

  /** Drops where the path is full, rather than hold datagrams that grow old. */
  #send(flow: number, remote: Endpoint, payload: Uint8Array): void {
    if (!this.#hasRoom || !this.#sinks.has(flow) || payload.length > maxUdpPayloadBytes) return;
    this.#hasRoom = this.#channel.write(emitUdpFrame({ kind: 'datagram', flow, remote, payload }));
  }

  #end(flow: number): void {
    if (!this.#sinks.delete(flow) || this.#isClosed) return;
    this.#hasRoom = this.#channel.write(emitUdpFrame({ kind: 'ended', flow }));
  }

  /** A malformed one is dropped, as a damaged datagram is. */
  #receive(body: Uint8Array): undefined {
    const frame = parseUdpFrame(body);
    if (typeof frame === 'string') return;
    const sink = this.#sinks.get(frame.flow);
    if (frame.kind === 'datagram') sink?.datagram(frame.payload);
    else if (this.#sinks.delete(frame.flow)) sink?.failed(frame.errno ?? 'ECONNABORTED');
  }

  #close(): void {
    this.#isClosed = true;
    const sinks = [...this.#sinks.values()];
    this.#sinks.clear();
    for (const sink of sinks) sink?.failed('EPIPE');
  }
}
