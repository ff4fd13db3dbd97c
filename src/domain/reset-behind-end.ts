/** What is used of Node's TCP socket; its handle is undocumented, and there until the socket is destroyed. */
interface EndedSocket {
  readonly writableEnded: boolean;
  readonly _handle?: { getpeername?(out: object): number } | null;
}

/**
 * Whether the end that Node tells of a TCP socket is a reset. libuv 1 says so where a RST came behind bytes that weren't read yet: it sees the kernel's hang-up
 * and asks no more. The kernel forgets the peer of a socket that was reset, but not of one whose peer has just sent its FIN.
 * Once this side has ended too the two can't be told apart, and it counts as an end.
 * @param socket - something whose `end` event was just emitted; of another kind than TCP it is never a reset
 */
export function isResetBehindEnd(socket: object): boolean {
  const { writableEnded, _handle } = socket as EndedSocket;
  if (writableEnded || !_handle?.getpeername) return false;
  return _handle.getpeername({}) !== 0;
}
