import type { ByteChannel } from '../byte-channel.ts';
import type { TableRoute } from '../routes/proc-route-table.ts';
import type { DatagramChannel, DialTarget } from './link-port.ts';
import type { AcceptChannel, Listener } from './listener.ts';

/** The laptop's own network: ordinary sockets, for what isn't the cluster's. */
export interface HostNetworkPort {
  /** @throws ErrnoError as the kernel says */
  dial(target: DialTarget, signal: AbortSignal): Promise<ByteChannel>;
  openDatagrams(target: DialTarget): DatagramChannel;
  /**
   * Of all the laptop's tables that its programs' traffic is looked up in, VPNs' among them; without default and link-local ones. Where the system tells of its
   * main table alone, of that; empty where it tells nothing. Never rejects.
   */
  routes(): Promise<readonly TableRoute[]>;
  /** @param port - 0 for any @throws ErrnoError `EADDRINUSE`, `EACCES` and their like */
  listen(address: string, port: number, accept: AcceptChannel): Promise<Listener>;
}
