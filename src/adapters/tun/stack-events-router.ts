import type { IpAddress } from '../../domain/netstack/address/ip-address.ts';
import type { Endpoint } from '../../domain/netstack/address/endpoint.ts';
import type { StackEvents } from '../../domain/netstack/stack-events.ts';
import type { OutboundNetwork } from '../../domain/ports/tunnel-port.ts';
import { answerTcpDns, answerUdpDns, dnsPort } from './gateway-dns.ts';
import { relayTcp } from './tcp-relay.ts';
import { relayUdp } from './udp-relay.ts';

/** Sends each new flow where it belongs: DNS to the gateway's name server, all else outbound. The gateway has no other service. */
export function routeStackEvents(gateway: IpAddress, outbound: OutboundNetwork, pollWanted: () => void): StackEvents {
  const service = ({ address, port }: Endpoint): 'outbound' | 'dns' | 'none' => {
    if (!address.equals(gateway)) return 'outbound';
    return port === dnsPort ? 'dns' : 'none';
  };
  return {
    tcpOpened: (pending) => {
      const kind = service(pending.destination);
      if (kind === 'outbound') void relayTcp(pending, outbound);
      else if (kind === 'dns') answerTcpDns(pending, outbound);
      else pending.refuse('refused');
    },
    udpOpened: (flow) => {
      const kind = service(flow.destination);
      if (kind === 'outbound') relayUdp(flow, outbound);
      else if (kind === 'dns') answerUdpDns(flow, outbound);
      else flow.refuse('refused');
    },
    pollWanted,
  };
}
