import type { PortForwardEvent, PortForwardProtocol } from './port-forward-protocol.ts';
import { dataFrame, pingFrame, SpdyReader, synStreamFrame, type SpdyFrame } from './spdy-frames.ts';

export const spdyProtocolName = 'SPDY/3.1+portforward.k8s.io';

/** A longer chunk is cut: the kubelet reads each frame whole before it passes it on. */
const maxPayloadBytes = 65_536;

const errorStream = 1;
const dataStream = 3;

/**
 * The API's port-forward as SPDY through the WebSocket, whose messages are pieces of one byte stream; from Kubernetes 1.31 on (1.30 by a feature gate).
 * Half-closes arrive. One stream for the data, one for the text of an error.
 * @see {@link https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets | KEP-4006, PortForward}
 * @see {@link https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/kubelet/pkg/cri/streaming/portforward/httpstream.go | kubelet, portforward/httpstream.go}
 */
export class SpdyProtocol implements PortForwardProtocol {
  readonly #reader = new SpdyReader();
  readonly #port: number;
  #errorText = '';

  constructor(port: number) {
    this.#port = port;
  }

  opening(): readonly Uint8Array[] {
    const headers = { port: String(this.#port), requestid: '0' };
    return [
      synStreamFrame(errorStream, { ...headers, streamtype: 'error' }, true),
      // Nothing is sent on the error stream.
      dataFrame(errorStream, new Uint8Array(), true),
      synStreamFrame(dataStream, { ...headers, streamtype: 'data' }, false),
    ];
  }

  *dataMessages(chunk: Uint8Array): Generator<Uint8Array, void, undefined> {
    for (let offset = 0; offset < chunk.length; offset += maxPayloadBytes)
      yield dataFrame(dataStream, chunk.subarray(offset, offset + maxPayloadBytes), false);
  }

  endMessage(): Uint8Array {
    return dataFrame(dataStream, new Uint8Array(), true);
  }

  read(message: Uint8Array, take: (event: PortForwardEvent) => void): void {
    this.#reader.read(message, (frame) => {
      const event = frame.streamId === errorStream ? this.#errorEvent(frame) : dataEvent(frame);
      if (event !== undefined) take(event);
    });
  }

  /** The text counts once it is whole; an end without one is no error. */
  #errorEvent(frame: SpdyFrame): PortForwardEvent | undefined {
    if (frame.kind === 'data') this.#errorText += Buffer.from(frame.bytes).toString('latin1');
    if (frame.kind === 'data' || this.#errorText === '') return undefined;
    return { kind: 'error', text: Buffer.from(this.#errorText, 'latin1').toString('utf8') };
  }
}

function dataEvent(frame: SpdyFrame): PortForwardEvent | undefined {
  switch (frame.kind) {
    case 'data':
      return { kind: 'data', bytes: frame.bytes };
    case 'fin':
      return { kind: 'ended' };
    case 'reset':
      return { kind: 'error', text: `the kubelet reset the stream (SPDY status ${frame.status})` };
    case 'ping':
      return { kind: 'reply', message: pingFrame(frame.id) };
    default:
      return frame satisfies never;
  }
}
