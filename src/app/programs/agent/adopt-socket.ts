import type { Socket } from 'node:net';
import type { DialledSocket, ReadSink } from './tcp-dial.ts';

/** An accepted socket, not yet reading, as if it had been dialled; each chunk is its own. */
export function adoptSocket(socket: Socket): DialledSocket {
  const sink: ReadSink = { read: () => false };
  socket.on('data', (chunk) => {
    if (!sink.read(chunk)) socket.pause();
  });
  return { socket, sink, sharesBuffer: false };
}
