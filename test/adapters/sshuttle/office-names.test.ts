import { describe, expect, it } from 'vitest';
import { OfficeNames } from '../../../src/adapters/sshuttle/office-names.ts';
import { instant } from '../../../src/domain/netstack/instant.ts';
import { deferred } from '../../../src/domain/promises.ts';
import { memoryChannelPair } from '../../fakes/memory-channel.ts';
import { answerFromZone } from '../../fakes/memory-network.ts';
import { record } from '../../fakes/recording-sink.ts';
import { makeQuery } from '../../support/link-resolver.ts';

const signal = new AbortController().signal;
const zone = new Map([['wiki.office.example', '10.9.9.9']]);
const rcodeAt = 2 + 3;
let nowMs = 0;
const clock = { now: () => instant(nowMs) };

describe('names of the machine’s own side', () => {
  /** @returns what came back, once the connection has ended */
  async function ask(names: OfficeNames, ...pieces: readonly Uint8Array[]): Promise<Buffer> {
    const [near, far] = memoryChannelPair();
    names.serve(far);
    const sink = record(near);
    for (const piece of pieces) near.write(Uint8Array.from(piece));
    await expect.poll(() => sink.bytes.length).toBeGreaterThan(2);
    near.end();
    await sink.whenClosed;
    return Buffer.from(sink.bytes);
  }

  const framed = (name: string): Buffer => {
    const query = makeQuery(7, name);
    return Buffer.concat([Buffer.from([0, query.length]), query]);
  };

  it('are answered by its resolver, by TCP, however the question comes in pieces', async () => {
    const transports: string[] = [];
    const resolver = {
      query: async (message: Uint8Array, transport: string) => {
        transports.push(transport);
        return answerFromZone(zone, message);
      },
    };
    const names = new OfficeNames({ resolver, isForwarder: false, clock, signal });
    const question = framed('wiki.office.example');
    const answer = await ask(names, question.subarray(0, 1), question.subarray(1, 9), question.subarray(9));
    expect([...answer.subarray(-4)]).toEqual([10, 9, 9, 9]);
    expect(transports).toEqual(['tcp']);
  });

  it('that cannot be asked are SERVFAIL, after three in a row at once for a while', async () => {
    let asked = 0;
    const query = (message: Uint8Array): Promise<Uint8Array> => {
      asked += 1;
      return asked === 3 ? Promise.resolve(answerFromZone(zone, message)) : Promise.reject(new Error('away'));
    };
    const names = new OfficeNames({ resolver: { query }, isForwarder: false, clock, signal });
    const rcode = async (): Promise<number> => (await ask(names, framed('wiki.office.example')))[rcodeAt]! & 15;
    const codes: number[] = [];
    for (let i = 0; i < 8; i++) codes.push(await rcode());
    expect([codes, asked]).toEqual([[2, 2, 0, 2, 2, 2, 2, 2], 6]);
    nowMs += 60_001;
    await rcode();
    expect(asked).toBe(7);
  });

  it('are asked for once, where two ask at the same time', async () => {
    const asked = deferred<void>();
    const answered = deferred<Uint8Array>();
    let times = 0;
    const query = (): Promise<Uint8Array> => {
      times += 1;
      asked.resolve();
      return answered.promise;
    };
    const names = new OfficeNames({ resolver: { query }, isForwarder: false, clock, signal });
    const first = ask(names, framed('wiki.office.example'));
    await asked.promise;
    const second = ask(names, framed('WIKI.office.example'));
    answered.resolve(answerFromZone(zone, makeQuery(7, 'wiki.office.example')));
    for (const one of [await first, await second]) expect([...one.subarray(-4)]).toEqual([10, 9, 9, 9]);
    expect(times).toBe(1);
  });

  it('end at their echo where a forwarder of the machine asks the pod again', async () => {
    const asked = deferred<void>();
    const answered = deferred<Uint8Array>();
    const resolver = {
      query: () => {
        asked.resolve();
        return answered.promise;
      },
    };
    const names = new OfficeNames({ resolver, isForwarder: true, clock, signal });
    const first = ask(names, framed('wiki.office.example'));
    await asked.promise;
    expect((await ask(names, framed('wiki.office.example')))[rcodeAt]! & 15).toBe(5);
    answered.resolve(answerFromZone(zone, makeQuery(7, 'wiki.office.example')));
    expect([...(await first).subarray(-4)]).toEqual([10, 9, 9, 9]);
  });
});
