import { requestBytes, type ClientAnswer } from '../../../domain/benchmark/bench-protocol.ts';
import { FarEndConnection, type FarEnd } from './far-end.ts';

/** Small requests one after another for `ms`, at least one, on a connection that is open. @throws Error where an answer differs, or the connection breaks */
export function measureRequests(farEnd: FarEnd, ms: number): Promise<ClientAnswer> {
  return FarEndConnection.use(farEnd, { kind: 'echo' }, async (connection) => {
    const tookMs: number[] = [];
    await exchange(connection, 0); // the first one opens the path
    const endsAt = performance.now() + ms;
    do {
      const startedAt = performance.now();
      await exchange(connection, tookMs.length);
      tookMs.push(Number((performance.now() - startedAt).toFixed(3)));
    } while (performance.now() < endsAt);
    return { kind: 'requests', tookMs };
  });
}

/** One request and its answer, which must be the same bytes. */
export async function exchange({ socket }: FarEndConnection, number: number): Promise<void> {
  const request = Buffer.alloc(requestBytes, `${number}.`);
  const parts: Buffer[] = [];
  await new Promise<void>((resolve) => {
    const onData = (chunk: Buffer): void => {
      parts.push(chunk);
      if (parts.reduce((sum, part) => sum + part.length, 0) < requestBytes) return;
      socket.off('data', onData);
      resolve();
    };
    socket.on('data', onData);
    socket.write(request);
  });
  if (!Buffer.concat(parts).equals(request)) throw new Error('another answer came than the request');
}
