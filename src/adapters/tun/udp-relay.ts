import type { UdpFlow } from '../../domain/netstack/stack-events.ts';
import type { OutboundNetwork } from '../../domain/ports/tunnel-port.ts';

/** Joins one UDP flow of a local program to a datagram channel of its own. */
export function relayUdp(flow: UdpFlow, outbound: Pick<OutboundNetwork, 'openDatagrams'>): void {
  const channel = outbound.openDatagrams(flow.destination);
  channel.attach({
    datagram: (payload) => void flow.send(payload),
    failed: () => flow.refuse('refused'),
  });
  // The view is the batch's; the channel keeps what it is given.
  flow.onDatagram = (payload) => channel.send(payload.slice());
  flow.onClosed = () => channel.close();
}
