import type { Container } from 'inversify';
import { channelOfDescriptor } from '../../adapters/host/socket-channel.ts';
import { listenOnDescriptor } from '../../adapters/host/socket-listener.ts';
import { TunTunnel } from '../../adapters/tun/tun-tunnel.ts';
import { tokens } from './tokens.ts';

const sockets = { connected: channelOfDescriptor, listening: listenOnDescriptor };

/** The backend `tun`. */
export function bindTun(container: Container): void {
  container.bind(tokens.tunTunnel).toResolvedValue(({ files }) => new TunTunnel(files, sockets), [tokens.context]);
}
