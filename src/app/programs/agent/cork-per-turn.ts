import type { Socket } from 'node:net';
import { freeBuffer } from './free-buffer.ts';

/**
 * Gathers what ssh2 writes in one turn of the event loop into one system call: each packet is three parts (length, ciphertext, tag), and whoever reads behind it,
 * containerd and the kubelet, spends half as much on fewer, longer reads. A part is nobody's once it has left; the length is a view on the packet before encryption.
 */
export function corkPerTurn(socket: Socket): void {
  const write = socket.write.bind(socket);
  let isCorked = false;
  const uncork = (): void => {
    isCorked = false;
    socket.uncork();
  };
  socket.write = (part: Uint8Array) => {
    if (!isCorked) {
      isCorked = true;
      socket.cork();
      setImmediate(uncork);
    }
    return write(part, () => freeBuffer(part));
  };
}
