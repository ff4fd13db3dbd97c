import type { ClientAnswer } from '../../../domain/benchmark/bench-protocol.ts';
import { BlockReader, makeBlock } from '../../../domain/benchmark/block-stream.ts';
import { FarEndConnection, type FarEnd } from './far-end.ts';

/** One stream of about `ms` to this side; every byte is compared. @throws Error where one differs, or the connection breaks */
export function measureDown(farEnd: FarEnd, ms: number): Promise<ClientAnswer> {
  return FarEndConnection.use(farEnd, { kind: 'down', ms }, async ({ socket }) => {
    const startedAt = performance.now();
    const reader = new BlockReader((a, b) => Buffer.compare(a, b) === 0);
    await new Promise<void>((resolve, reject) => {
      socket.on('data', (chunk: Buffer) => {
        const state = reader.push(chunk);
        if (state === 'ended') resolve();
        else if (state === 'wrong') reject(new Error('other bytes came than were sent'));
      });
    });
    return { kind: 'stream', bytes: reader.receivedBytes, ms: performance.now() - startedAt };
  });
}

/** One stream of `ms` to the far side, which compares every byte; the time runs until it has said so. @throws as {@link measureDown} */
export function measureUp(farEnd: FarEnd, ms: number): Promise<ClientAnswer> {
  return FarEndConnection.use(farEnd, { kind: 'up' }, async ({ socket }) => {
    const startedAt = performance.now();
    const answered = new Promise<string>((resolve) => socket.once('data', (text) => resolve(String(text).trim())));
    const [more, last] = [makeBlock('more'), makeBlock('last')];
    let sentBytes = last.length;
    while (performance.now() - startedAt < ms) {
      sentBytes += more.length;
      if (!socket.write(more)) await new Promise((resolve) => socket.once('drain', resolve));
    }
    socket.write(last);
    const answer = await answered;
    if (answer !== `ok ${sentBytes}`)
      throw new Error(`other bytes came than were sent: ${sentBytes} bytes, and the far side says ${answer}`);
    return { kind: 'stream', bytes: sentBytes, ms: performance.now() - startedAt };
  });
}
