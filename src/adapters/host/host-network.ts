import type { ByteChannel } from '../../domain/byte-channel.ts';
import type { HostNetworkPort } from '../../domain/ports/host-network-port.ts';
import type { DatagramChannel, DialTarget } from '../../domain/ports/link-port.ts';
import type { AcceptChannel, Listener } from '../../domain/ports/listener.ts';
import type { TableRoute } from '../../domain/routes/proc-route-table.ts';
import { readRoutes } from './read-routes.ts';
import { connectSocket } from './socket-channel.ts';
import { listenSocket } from './socket-listener.ts';
import { UdpChannel } from './udp-channel.ts';

/** Ordinary sockets of this machine. */
export class HostNetwork implements HostNetworkPort {
  dial(target: DialTarget, signal: AbortSignal): Promise<ByteChannel> {
    return connectSocket(target.host, target.port, signal);
  }

  openDatagrams(target: DialTarget): DatagramChannel {
    return new UdpChannel(target);
  }

  routes(): Promise<readonly TableRoute[]> {
    return readRoutes();
  }

  listen(address: string, port: number, accept: AcceptChannel): Promise<Listener> {
    return listenSocket(address, port, accept);
  }
}
