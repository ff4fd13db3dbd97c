import { IpAddress } from '../netstack/address/ip-address.ts';

const flagUp = 0x1;
const flagReject = 0x200;
/** RTF_LOCAL, the sign bit of the field: an address of the machine itself. */
const flagLocal = 0x80000000;

/** A network that an interface leads to. */
export interface TableRoute {
  /** CIDR text. */
  readonly cidr: string;
  readonly interfaceName: string;
  /** Where it isn't the main one: a name or a number. */
  readonly table?: string;
}

/**
 * Destinations from /proc/net/route: addresses are hexadecimal in the machine's byte order, which is little endian on all that Node runs on here.
 * Default routes, routes that reject and link-local ones (a CNI's gateway) are left out.
 */
export function ipv4Routes(table: string): readonly TableRoute[] {
  return uniqueRoutes(
    table
      .split('\n')
      .slice(1)
      .flatMap((line) => {
        const [interfaceName = '', destination = '', , flagText = '', , , , mask = ''] = line.split(/\s+/);
        const flags = Number.parseInt(flagText, 16);
        const address = IpAddress.fromBytes(hexBytes(destination).reverse());
        if (!address || !(flags & flagUp) || flags & flagReject) return [];
        const prefix = bitCount(hexBytes(mask));
        return prefix === 0 || isOfOneLink(address) ? [] : [{ cidr: `${address.toString()}/${prefix}`, interfaceName }];
      }),
  );
}

/** As {@link ipv4Routes}, from /proc/net/ipv6_route: network byte order; the machine's own addresses, multicast and link-local routes are left out too. */
export function ipv6Routes(table: string): readonly TableRoute[] {
  return uniqueRoutes(
    table.split('\n').flatMap((line) => {
      const fields = line.trim().split(/\s+/);
      const flags = Number.parseInt(fields[8] ?? '', 16);
      const address = IpAddress.fromBytes(hexBytes(fields[0] ?? ''));
      const prefix = Number.parseInt(fields[1] ?? '', 16);
      if (!address || !(flags & flagUp) || flags & (flagReject | flagLocal)) return [];
      return prefix === 0 || fields[9] === 'lo' || isOfOneLink(address)
        ? []
        : [{ cidr: `${address.toString()}/${prefix}`, interfaceName: fields[9] ?? '' }];
    }),
  );
}

/** Link-local (RFC 3927, RFC 4291 §2.4), or IPv6 multicast. */
export function isOfOneLink({ version, bytes }: IpAddress): boolean {
  const [first = 0, second = 0] = bytes;
  if (version === 4) return first === 169 && second === 254;
  return first === 0xff || (first === 0xfe && (second & 0xc0) === 0x80);
}

function hexBytes(text: string): Uint8Array {
  return Uint8Array.from(text.match(/[0-9a-fA-F]{2}/g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function bitCount(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
}

/** The same network by the same interface once: the first. */
export function uniqueRoutes(routes: readonly TableRoute[]): readonly TableRoute[] {
  return [...new Map(routes.map((route) => [`${route.cidr} ${route.interfaceName}`, route])).values()];
}
