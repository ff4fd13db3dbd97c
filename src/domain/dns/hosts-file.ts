import { IpAddress } from '../netstack/address/ip-address.ts';

/** Names in lower case, and their addresses in the file's order. */
export type HostsFile = ReadonlyMap<string, readonly IpAddress[]>;

/** Reads hosts(5) but for what means the machine itself (loopback addresses), where another machine asks, or no host (multicast). */
export function parseHosts(text: string): HostsFile {
  return readHosts(text, (address) => !address.isLoopback());
}

/** Reads hosts(5) for the machine's own programs. */
export function parseOwnHosts(text: string): HostsFile {
  return readHosts(text, () => true);
}

function readHosts(text: string, isMeant: (address: IpAddress) => boolean): HostsFile {
  const hosts = new Map<string, IpAddress[]>();
  for (const line of text.split('\n')) {
    const [written = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const address = IpAddress.parse(written);
    if (!address || !isMeant(address) || isMulticast(address)) continue;
    for (const name of names) {
      const key = name.toLowerCase();
      hosts.set(key, [...(hosts.get(key) ?? []), address]);
    }
  }
  return hosts;
}

/** RFC 5771; RFC 4291 §2.7. */
function isMulticast({ version, bytes: [first = 0] }: IpAddress): boolean {
  return version === 4 ? first >= 224 && first < 240 : first === 0xff;
}
