import { ip } from '../netstack/address/ip-address.ts';

/**
 * Addresses that exist in the child's network only. They are of the benchmarking range (RFC 2544 §C.2.2, 198.18.0.0/15), which the internet never routes:
 * should a network of yours use just these two, the child can't reach them there.
 */
export const sessionAddresses = {
  /** The packet core's own: the child's name server; answers ping. */
  gateway: ip('198.19.255.53'),
  /** The laptop's own localhost, as seen by the child. */
  host: ip('198.19.255.1'),
} as const;

/** The laptop's name in the child's hosts file. */
export const hostName = 'host.inpod.internal';
