import { copyOfPart } from '../../domain/bytes.ts';
import type { UdpFlow } from '../../domain/netstack/stack-events.ts';
import type { DatagramChannel } from '../../domain/ports/link-port.ts';
import type { OutboundNetwork } from '../../domain/ports/tunnel-port.ts';
import { refusalFor } from './tcp-relay.ts';

/** Joins one UDP flow of a local program to a datagram channel of its own; where there can be none, the program is told. */
export function relayUdp(flow: UdpFlow, outbound: Pick<OutboundNetwork, 'openDatagrams'>): void {
  let channel: DatagramChannel;
  try {
    channel = outbound.openDatagrams(flow.destination);
  } catch (error) {
    return flow.refuse(refusalFor(error));
  }
  channel.attach({
    datagram: (payload) => void flow.send(payload),
    failed: () => flow.refuse('refused'),
  });
  // The memory is the batch's; the channel keeps what it is given.
  flow.onDatagram = (bytes, start, end) => channel.send(copyOfPart(bytes, start, end));
  flow.onClosed = () => channel.close();
}
