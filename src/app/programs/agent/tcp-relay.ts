import { isResetBehindEnd } from '../../../domain/reset-behind-end.ts';
import { errnoOfSocketCode } from '../../../domain/protocol/dial-refusal.ts';
import type { ChannelStream } from '../../../domain/protocol/channel-stream.ts';
import { freeBuffer } from './free-buffer.ts';
import { countTraffic } from './garbage-limit.ts';
import { resetSocket } from './pod-socket-channel.ts';
import type { DialledSocket } from './tcp-dial.ts';

/**
 * Joins a connected socket of the pod to its channel until both directions ended or either side reset: end for end, reset for reset, with backpressure both ways.
 */
export function relayTcp({ socket, sink, sharesBuffer }: DialledSocket, stream: ChannelStream): void {
  sink.read = (chunk) => {
    countTraffic(chunk.length);
    return sharesBuffer ? stream.writeBorrowed(chunk) : stream.write(chunk);
  };
  socket.resume();
  socket.on('end', () => {
    if (isResetBehindEnd(socket)) stream.resetWhenWritten({ errno: 'ECONNRESET', message: 'connection reset by the peer' });
    else stream.end();
  });
  socket.on('drain', () => stream.resume());
  socket.on('error', (error: NodeJS.ErrnoException) => {
    stream.resetWhenWritten({ errno: errnoOfSocketCode(error.code), message: error.message });
  });
  stream.attach({
    // ssh2 has made the buffer for this one packet.
    data: (chunk) => {
      if (!socket.write(chunk, () => freeBuffer(chunk))) stream.pause();
    },
    ended: () => void socket.end(),
    drained: () => void socket.resume(),
    closed: (failure) => {
      if (failure) resetSocket(socket);
    },
  });
}
