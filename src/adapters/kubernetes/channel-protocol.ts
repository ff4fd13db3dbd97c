import type { PortForwardEvent, PortForwardProtocol } from './port-forward-protocol.ts';

export const channelProtocolName = 'v4.channel.k8s.io';

/** A longer chunk is cut: the kubelet reads each message whole before it passes it on. */
const maxPayloadBytes = 65_536;

const portBytes = 2;

/**
 * The API's port-forward by channels, one port:
 * ```
 * +---------+----------------------+
 * | channel | payload              |   channel 0: data, both ways; channel 1: text of an error, from the server
 * | 1 byte  |                      |   the server's first message of each channel has just the port, 2 bytes little endian
 * +---------+----------------------+
 * ```
 * There is no half-close. All servers know it; those that know `SpdyProtocol`'s carry several times as much by that.
 * @see {@link https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/portforward/websocket.go | kubelet, portforward/websocket.go}
 */
export class ChannelProtocol implements PortForwardProtocol {
  readonly #seen = new Set<number>();

  opening(): readonly Uint8Array[] {
    return [];
  }

  *dataMessages(chunk: Uint8Array): Generator<Uint8Array, void, undefined> {
    for (let offset = 0; offset < chunk.length; offset += maxPayloadBytes) {
      const part = chunk.subarray(offset, offset + maxPayloadBytes);
      const message = Buffer.allocUnsafe(part.length + 1);
      message[0] = 0;
      message.set(part, 1);
      yield message;
    }
  }

  endMessage(): undefined {
    return undefined;
  }

  read(message: Uint8Array, take: (event: PortForwardEvent) => void): void {
    const channel = message[0];
    if (channel !== 0 && channel !== 1) return;
    const start = this.#seen.has(channel) ? 1 : 1 + portBytes;
    this.#seen.add(channel);
    if (message.length <= start) return;
    const payload = message.subarray(start);
    take(channel === 0 ? { kind: 'data', bytes: payload } : { kind: 'error', text: Buffer.from(payload).toString('utf8') });
  }
}
