import type { Endpoint } from '../netstack/address/endpoint.ts';
import { IpAddress } from '../netstack/address/ip-address.ts';

/** A TCP socket that listens. */
export interface ListeningSocket extends Endpoint {
  /** Of the socket, as /proc/PID/fd names it: `socket:[4242]`. */
  readonly inode: string;
}

/** State of a socket that listens (Linux, include/net/tcp_states.h). */
const listenState = '0A';

/**
 * The listening sockets of /proc/net/tcp or tcp6 (Linux, proc_net_tcp.txt): `sl local_address rem_address st ... inode`,
 * addresses as 32-bit words in the machine's order, here little endian. What is no row is left out.
 */
export function parseListeningTable(table: string): readonly ListeningSocket[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const [words = '', port = ''] = local.split(':');
      if (state !== listenState || !/^([0-9A-F]{8}|[0-9A-F]{32})$/.test(words)) return [];
      const address = IpAddress.fromBytes(Uint8Array.from(words.match(/.{8}/g)?.flatMap(bytesOfWord) ?? []));
      return address ? [{ address, port: Number.parseInt(port, 16), inode }] : [];
    });
}

function bytesOfWord(word: string): number[] {
  return (word.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16)).toReversed();
}
