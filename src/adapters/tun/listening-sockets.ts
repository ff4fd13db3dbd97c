import { readFile } from 'node:fs/promises';
import type { Endpoint } from '../../domain/netstack/address/endpoint.ts';
import { IpAddress } from '../../domain/netstack/address/ip-address.ts';

/** State of a socket that listens (Linux, include/net/tcp_states.h). */
const listenState = '0A';

/** What listens in the network of process `pid`; empty where it is gone. Linux: /proc/PID/net/tcp, tcp6 (proc_net_tcp.txt). */
export async function listeningSockets(pid: number): Promise<readonly Endpoint[]> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => '')));
  return tables.flatMap(parseListening);
}

/** The listening sockets of a table: `sl local_address rem_address st ...`, addresses as 32-bit words in the machine's order, here little endian. */
export function parseListening(table: string): readonly Endpoint[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state] = line.trim().split(/\s+/);
      const [words = '', port = ''] = local.split(':');
      if (state !== listenState || !/^([0-9A-F]{8}|[0-9A-F]{32})$/.test(words)) return [];
      const address = IpAddress.fromBytes(Buffer.from(words, 'hex').swap32());
      return address ? [{ address, port: Number.parseInt(port, 16) }] : [];
    });
}
