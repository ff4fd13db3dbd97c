import type { ByteChannel } from '../../src/domain/byte-channel.ts';
import { record } from '../fakes/recording-sink.ts';

export const socksCommands = { connect: 1, resolve: 0xf0, resolvePtr: 0xf1 } as const;

/** Greeting and request of a SOCKS5 client. @param host - a name, or the bytes of an IPv4 address */
export function socksRequest(command: number, host: string | readonly number[], port: number): Uint8Array {
  const address = typeof host === 'string' ? [3, host.length, ...Buffer.from(host)] : [1, ...host];
  return Uint8Array.of(5, 1, 0, 5, command, 0, ...address, port >> 8, port & 0xff);
}

/** Says all at once, and ends. @returns all that was answered, the method included, in hex */
export async function askSocks(channel: ByteChannel, request: Uint8Array, more = ''): Promise<string> {
  const sink = record(channel);
  channel.write(Buffer.concat([request, Buffer.from(more)]));
  channel.end();
  await sink.whenClosed;
  return Buffer.from(sink.bytes).toString('hex');
}
