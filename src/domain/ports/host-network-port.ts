import type { ByteChannel } from '../byte-channel.ts';
import type { DatagramChannel, DialTarget } from './link-port.ts';

/** The laptop's own network: ordinary sockets, for what isn't the cluster's. */
export interface HostNetworkPort {
  /** @throws ErrnoError as the kernel says */
  dial(target: DialTarget, signal: AbortSignal): Promise<ByteChannel>;
  openDatagrams(target: DialTarget): DatagramChannel;
}
