import type { Container } from 'inversify';
import { TunTunnel } from '../../adapters/tun/tun-tunnel.ts';
import { tokens } from './tokens.ts';

/** The backend `tun`. */
export function bindTun(container: Container): void {
  container.bind(tokens.tunTunnel).toResolvedValue(({ files }) => new TunTunnel(files), [tokens.context]);
}
