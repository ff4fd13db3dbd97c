import type { Socket } from 'node:net';

/**
 * Gathers what is written in one turn into one system call: ssh2 writes each SSH packet in three parts, the length, the ciphertext and the tag.
 */
export function corkPerTurn(socket: Socket): void {
  const write = socket.write.bind(socket);
  let isCorked = false;
  const uncork = (): void => {
    isCorked = false;
    socket.uncork();
  };
  socket.write = ((...args: Parameters<typeof write>) => {
    if (!isCorked) {
      isCorked = true;
      socket.cork();
      process.nextTick(uncork);
    }
    return write(...args);
  }) as Socket['write'];
}
