import type { PendingTcp, TcpStream } from '../../src/domain/netstack/stack-events.ts';
import { patternAt, StreamCheck } from './stream-pattern.ts';

const chunkBytes = 64 * 1024;

/** One end of a stream at the packet core's edge: what it moved. */
export interface StackEnd {
  readonly bytes: number;
  /** 0 of a source. */
  readonly crc: number;
}

/** Accepts `pending`, takes and checks all that comes. */
export function acceptSink(pending: PendingTcp, checkEvery: number): StackEnd {
  const check = new StreamCheck(checkEvery);
  const stream = accept(pending, {
    data(bytes, start, end) {
      check.update(bytes.subarray(start, end));
      stream.consumed(end - start);
    },
    ended: () => stream.end(),
    writable: () => undefined,
  });
  return check;
}

/** Accepts `pending`, sends the pattern as fast as it is taken, until the program ends its half. */
export function acceptSource(pending: PendingTcp): StackEnd {
  const sent = { bytes: 0, crc: 0 };
  const write = () => {
    for (let taken = chunkBytes; taken === chunkBytes; sent.bytes += taken) taken = stream.write(patternAt(sent.bytes, chunkBytes));
  };
  const stream = accept(pending, { data: () => undefined, ended: () => stream.end(), writable: write });
  write();
  return sent;
}

function accept(pending: PendingTcp, handler: Pick<Parameters<PendingTcp['accept']>[0], 'data' | 'ended' | 'writable'>): TcpStream {
  const stream = pending.accept({ ...handler, closed: () => undefined });
  if (!stream) throw new Error('the program gave up');
  return stream;
}
