import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { parseResolvConf } from '../../domain/dns/resolv-conf.ts';

/** IPv4 addresses of a name as any program of this machine gets them (getaddrinfo(3)). @throws (rejects) Node's error where there are none */
export async function lookUpBySystem(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true, family: 4 })).map(({ address }) => address);
}

/** Whether this machine has IPv6 at all: its own localhost. */
export function hasIpv6(): boolean {
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === '::1'));
}

/** The name servers of this machine, as resolv.conf(5) has them; none where there is no such file. */
export async function systemNameServers(): Promise<readonly string[]> {
  return parseResolvConf(await readFile('/etc/resolv.conf', 'utf8').catch(() => '')).nameservers;
}
