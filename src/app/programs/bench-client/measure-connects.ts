import type { ClientAnswer } from '../../../domain/benchmark/bench-protocol.ts';
import { FarEndConnection, type FarEnd } from './far-end.ts';
import { exchange } from './measure-requests.ts';

/** So many at a time: enough to hide a round trip, few enough for every path. */
const sideBySide = 8;

/** Connections, each opened, used for one small request and closed, for `ms`. @throws Error where one breaks */
export async function measureConnects(farEnd: FarEnd, ms: number): Promise<ClientAnswer> {
  const startedAt = performance.now();
  let count = 0;
  const worker = async (): Promise<void> => {
    do {
      await FarEndConnection.use(farEnd, { kind: 'echo' }, (connection) => exchange(connection, count));
      count++;
    } while (performance.now() - startedAt < ms);
  };
  await Promise.all(Array.from({ length: sideBySide }, worker));
  return { kind: 'connects', count, ms: performance.now() - startedAt };
}
