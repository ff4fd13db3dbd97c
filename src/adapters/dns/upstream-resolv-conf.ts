import { existsSync, readFileSync } from 'node:fs';
import { parseResolvConf } from '../../domain/dns/resolv-conf.ts';
import { IpAddress } from '../../domain/netstack/address/ip-address.ts';

/** Where systemd-resolved, which programs ask on the loopback, says whom it asks itself. */
export const upstreamOfResolved = '/run/systemd/resolve/resolv.conf';

/** The file that names the servers which this machine's questions end at, and whether those are forwarders on the machine itself. */
export function upstreamResolvConf(usual: string): { readonly path: string; readonly isForwarder: boolean } {
  const isForwarder = isLoopbackAlone(usual);
  return isForwarder && existsSync(upstreamOfResolved) ? { path: upstreamOfResolved, isForwarder: false } : { path: usual, isForwarder };
}

function isLoopbackAlone(path: string): boolean {
  if (!existsSync(path)) return false;
  const { nameservers } = parseResolvConf(readFileSync(path, 'utf8'));
  return nameservers.length > 0 && nameservers.every((server) => IpAddress.parse(server)?.isLoopback() === true);
}
