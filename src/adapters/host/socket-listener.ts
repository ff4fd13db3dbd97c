import { createServer, type AddressInfo, type ListenOptions, type Server } from 'node:net';
import { ErrnoError } from '../../domain/errno-error.ts';
import type { AcceptChannel, Listener } from '../../domain/ports/listener.ts';
import { errnoOfSocketCode } from '../../domain/protocol/dial-refusal.ts';
import { SocketChannel } from './socket-channel.ts';

/** @param port - 0 for any @throws (rejects) ErrnoError as the kernel says */
export function listenSocket(address: string, port: number, accept: AcceptChannel): Promise<Listener> {
  return listen({ host: address, port }, `${address.includes(':') ? `[${address}]` : address}:${port}`, accept);
}

/** @param fd - a listening socket, of whatever namespace; owned by the listener from here on */
export function listenOnDescriptor(fd: number, accept: AcceptChannel): Promise<Listener> {
  return listen({ fd }, `descriptor ${fd}`, accept);
}

function listen(options: ListenOptions & { fd?: number }, what: string, accept: AcceptChannel): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => accept(new SocketChannel(socket)));
    let closed: Promise<void> | undefined;
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(new ErrnoError(errnoOfSocketCode(cause.code), `listen on ${what}: ${cause.message}`, { cause })),
    );
    server.listen(options, () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () => (closed ??= stopListening(server)),
      }),
    );
  });
}

/** Node's own callback waits for the accepted connections too. */
function stopListening(server: Server): Promise<void> {
  server.close();
  return new Promise((resolve) => setImmediate(resolve));
}
