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

/** The name servers of this machine, as files in the form of resolv.conf(5) have them; none of a file that isn't there. */
export async function systemNameServers(...files: readonly string[]): Promise<readonly string[]> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  return [...new Set(texts.flatMap((text) => parseResolvConf(text).nameservers))];
}
