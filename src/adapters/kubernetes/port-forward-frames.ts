/**
 * Frames of the API's port-forward over WebSocket, subprotocol v4.channel.k8s.io, one port:
 * ```
 * +---------+----------------------+
 * | channel | payload              |   channel 0: data, both ways; channel 1: text of an error, from the server
 * | 1 byte  |                      |   the server's first message of each channel has just the port, 2 bytes little endian
 * +---------+----------------------+
 * ```
 * There is no half-close: a stream ends with its WebSocket.
 * @see {@link https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/portforward/websocket.go | kubelet, portforward/websocket.go}
 */
export const portForwardProtocol = 'v4.channel.k8s.io';

/** A longer chunk is cut: the kubelet reads each message whole before it passes it on. */
const maxPayloadBytes = 65_536;

const portBytes = 2;

/** One message of the server. */
export interface PortForwardMessage {
  readonly channel: 'data' | 'error';
  readonly payload: Uint8Array;
}

/** Takes the port numbers off the server's messages. One for each WebSocket. */
export class PortForwardReader {
  #seen = new Set<number>();

  /** @returns the message as a view on `frame`, or `undefined` for one that carries nothing */
  read(frame: Uint8Array): PortForwardMessage | undefined {
    const channel = frame[0];
    if (channel !== 0 && channel !== 1) return undefined;
    const start = this.#seen.has(channel) ? 1 : 1 + portBytes;
    this.#seen.add(channel);
    return frame.length <= start ? undefined : { channel: channel === 0 ? 'data' : 'error', payload: frame.subarray(start) };
  }
}

/** Frames for `chunk` on the data channel, in order. */
export function* dataFrames(chunk: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let offset = 0; offset < chunk.length; offset += maxPayloadBytes) {
    const part = chunk.subarray(offset, offset + maxPayloadBytes);
    const frame = Buffer.allocUnsafe(part.length + 1);
    frame[0] = 0;
    frame.set(part, 1);
    yield frame;
  }
}
