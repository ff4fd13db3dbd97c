import { readFile } from 'node:fs/promises';
import type { ByteChannel } from '../../domain/byte-channel.ts';
import type { HostNetworkPort } from '../../domain/ports/host-network-port.ts';
import type { DatagramChannel, DialTarget } from '../../domain/ports/link-port.ts';
import type { AcceptChannel, Listener } from '../../domain/ports/listener.ts';
import { ipv4Routes, ipv6Routes, type TableRoute } from '../../domain/routes/proc-route-table.ts';
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

  async routes(): Promise<readonly TableRoute[]> {
    // No such files where the system is another one, or has no IPv6.
    const [v4, v6] = await Promise.all(['route', 'ipv6_route'].map((name) => readFile(`/proc/net/${name}`, 'latin1').catch(() => '')));
    return [...ipv4Routes(v4 ?? ''), ...ipv6Routes(v6 ?? '')];
  }

  listen(address: string, port: number, accept: AcceptChannel): Promise<Listener> {
    return listenSocket(address, port, accept);
  }
}
