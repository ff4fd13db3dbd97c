import { describe, expect, it } from 'vitest';
import { PodTraffic, type PodPortDialler } from '../../../src/app/use-cases/pod-traffic.ts';
import type { ByteChannel } from '../../../src/domain/byte-channel.ts';
import { ErrnoError } from '../../../src/domain/errno-error.ts';
import { deferred, type Deferred } from '../../../src/domain/promises.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { memoryChannelPair, type MemoryChannel } from '../../fakes/memory-channel.ts';
import { echo } from '../../fakes/memory-hosts.ts';
import { record, type RecordingSink } from '../../fakes/recording-sink.ts';

/** A way to the process: taken by `reach`, or called back, as `ProcessConnector` does it. */
interface Dial {
  readonly reach: () => void;
  readonly signal: AbortSignal;
}

class Bed {
  readonly dials: Dial[] = [];
  readonly #process = {
    connect: (_port: number, signal: AbortSignal): Promise<ByteChannel> => {
      const reached: Deferred<ByteChannel> = deferred();
      this.dials.push({ reach: () => reached.resolve(served()), signal });
      signal.addEventListener('abort', () => reached.reject(signal.reason));
      return reached.promise;
    },
  };
  readonly clock = new FakeClock();
  readonly traffic = new PodTraffic(this.#process, this.clock);

  /** What came to the pod, as its client sees it. */
  arrive(): { readonly client: MemoryChannel; readonly sink: RecordingSink } {
    const [client, accepted] = memoryChannelPair();
    void this.traffic.carry(accepted, { podPort: 80, localPort: 8080 });
    return { client, sink: record(client) };
  }
}

function served(): ByteChannel {
  const [near, far] = memoryChannelPair();
  echo(far);
  return near;
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

async function isDone(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.then(() => (done = true));
  await turns();
  return done;
}

describe('PodTraffic', () => {
  it('that is held waits for what the process has', async () => {
    const bed = new Bed();
    const { client, sink } = bed.arrive();
    await turns();
    bed.dials[0]?.reach();
    await turns();
    const idle = bed.traffic.hold();
    expect(await isDone(idle)).toBe(false);
    client.end();
    expect(await sink.whenClosed).toBeUndefined();
    expect(await isDone(idle)).toBe(true);
  });

  it('that is held waits for what the process took in the same turn', async () => {
    const bed = new Bed();
    const { client, sink } = bed.arrive();
    await turns();
    bed.dials[0]?.reach();
    const idle = bed.traffic.hold();
    expect(await isDone(idle)).toBe(false);
    client.end();
    await sink.whenClosed;
    expect(await isDone(idle)).toBe(true);
  });

  it('that is held calls back what waits for a process that does not listen', async () => {
    const bed = new Bed();
    const { client, sink } = bed.arrive();
    await turns();
    expect(await isDone(bed.traffic.hold())).toBe(true);
    expect(bed.dials).toHaveLength(1);
    bed.traffic.resume();
    await turns();
    expect(bed.dials).toHaveLength(2);
    bed.dials[1]?.reach();
    client.end();
    expect(await sink.whenClosed).toBeUndefined();
  });

  it('that is held and let go at once goes to the process all the same', async () => {
    const bed = new Bed();
    const { client, sink } = bed.arrive();
    await turns();
    void bed.traffic.hold();
    bed.traffic.resume();
    await turns();
    bed.dials[1]?.reach();
    client.end();
    expect(await sink.whenClosed).toBeUndefined();
  });

  it('goes to the successor, also what waited for the process', async () => {
    const bed = new Bed();
    const waited = bed.arrive();
    await turns();
    bed.traffic.handOver(Promise.resolve(() => Promise.resolve(served())));
    const came = bed.arrive();
    for (const { client, sink } of [waited, came]) {
      client.end();
      expect(await sink.whenClosed).toBeUndefined();
    }
    expect(bed.dials).toHaveLength(1);
  });

  it('is reset where nobody succeeds the process', async () => {
    const bed = new Bed();
    const { sink } = bed.arrive();
    bed.traffic.handOver(Promise.reject(new ErrnoError('ECONNREFUSED', 'nobody')));
    expect(await sink.whenClosed).toMatchObject({ errno: 'ECONNREFUSED' });
  });

  it('changes when a connection comes, reaches who takes it, and ends', async () => {
    const bed = new Bed();
    const { client, sink } = bed.arrive();
    const changes = [bed.traffic.lastChangeAt];
    const successor = deferred<PodPortDialler>();
    bed.traffic.handOver(successor.promise);
    await bed.clock.advance(1000);
    successor.resolve(() => Promise.resolve(served()));
    await turns();
    changes.push(bed.traffic.lastChangeAt);
    await bed.clock.advance(1000);
    client.end();
    await sink.whenClosed;
    await turns();
    changes.push(bed.traffic.lastChangeAt);
    expect(changes.map((change) => change - (changes[0] ?? 0))).toEqual([0, 1000, 2000]);
  });
});
