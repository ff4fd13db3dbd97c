import type { ByteChannel } from '../byte-channel.ts';
import type { TableRoute } from '../routes/proc-route-table.ts';
import type { DatagramChannel, DialTarget } from './link-port.ts';
import type { AcceptChannel, Listener } from './listener.ts';

/** The laptop's own network: ordinary sockets, for what isn't the cluster's. */
export interface HostNetworkPort {
  /** @throws ErrnoError as the kernel says */
  dial(target: DialTarget, signal: AbortSignal): Promise<ByteChannel>;
  openDatagrams(target: DialTarget): DatagramChannel;
  /** Of the laptop's main table, VPNs' among them; without default and link-local ones. Empty where the system doesn't tell. */
  routes(): Promise<readonly TableRoute[]>;
  /** @param port - 0 for any @throws ErrnoError `EADDRINUSE`, `EACCES` and their like */
  listen(address: string, port: number, accept: AcceptChannel): Promise<Listener>;
}
