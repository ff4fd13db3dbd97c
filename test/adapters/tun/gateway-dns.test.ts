import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerTcpDns, answerUdpDns } from '../../../src/adapters/tun/gateway-dns.ts';
import { deferred } from '../../../src/domain/promises.ts';
import { settle } from '../../fakes/fake-clock.ts';
import { FakePendingTcp, FakeUdpFlow } from '../../fakes/stack-flows.ts';

/** Answers each message with itself and the transport's name. */
const resolver = { resolve: async (message: Uint8Array, transport: string) => Buffer.concat([message, Buffer.from(`/${transport}`)]) };

const framed = (text: string): Buffer => Buffer.concat([Buffer.from([text.length >> 8, text.length & 0xff]), Buffer.from(text)]);

function unframed(bytes: Uint8Array): string[] {
  const messages: string[] = [];
  for (let rest = Buffer.from(bytes); rest.length > 0; rest = rest.subarray(2 + rest.readUInt16BE()))
    messages.push(rest.toString('utf8', 2, 2 + rest.readUInt16BE()));
  return messages;
}

describe('answerUdpDns', () => {
  it('answers each datagram', async () => {
    const flow = new FakeUdpFlow();
    answerUdpDns(flow, resolver);
    flow.programSends('one');
    flow.programSends('two');
    await settle();
    expect(flow.received.map((payload) => Buffer.from(payload).toString())).toEqual(['one/udp', 'two/udp']);
  });

  it('closes the flow when no question of it is on its way', async () => {
    const flow = new FakeUdpFlow();
    const answers = [deferred<Buffer>(), deferred<Buffer>()];
    let asked = 0;
    answerUdpDns(flow, { resolve: () => answers[asked++]!.promise });
    flow.programSends('A');
    flow.programSends('AAAA');
    answers[1]?.resolve(Buffer.from('second'));
    await settle();
    expect(flow.isClosed).toBe(false);
    answers[0]?.resolve(Buffer.from('first'));
    await settle();
    expect(flow.isClosed).toBe(true);
    expect(flow.received).toHaveLength(2);
  });

  it('drops an answer that comes after the flow closed', async () => {
    const flow = new FakeUdpFlow();
    answerUdpDns(flow, resolver);
    flow.programSends('late');
    flow.close();
    await settle();
    expect(flow.received).toEqual([]);
  });
});

describe('answerTcpDns', () => {
  it('answers several questions on one connection, however they are cut, and ends after the last', async () => {
    const texts = fc.array(fc.stringMatching(/^[a-z]{0,300}$/), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 100 }), async (texts, pieceBytes, roomBytes) => {
        const pending = new FakePendingTcp({ roomBytes });
        answerTcpDns(pending, resolver);
        const stream = pending.accepted;
        const bytes = Buffer.concat(texts.map(framed));
        for (let at = 0; at < bytes.length; at += pieceBytes) stream.programSends(bytes.subarray(at, at + pieceBytes));
        stream.programEnds();
        for (let i = 0; !stream.endSeen && i < 2000; i++) {
          if (i % 50 === 0) await settle();
          stream.programReads(roomBytes);
        }
        expect(unframed(stream.received)).toEqual(texts.map((text) => `${text}/tcp`));
        expect([stream.endSeen, stream.window]).toEqual([true, 65_536]);
      }),
    );
  });

  it('does not wait for a slow answer with the next one', async () => {
    const slow = deferred<Uint8Array>();
    const pending = new FakePendingTcp();
    answerTcpDns(pending, { resolve: async (message) => (message.length === 4 ? slow.promise : message) });
    pending.accepted.programSends(Buffer.concat([framed('slow'), framed('ok')]));
    pending.accepted.programEnds();
    await settle();
    pending.accepted.programReads(100);
    expect(unframed(pending.accepted.received)).toEqual(['ok']);
    expect(pending.accepted.endSeen).toBe(false);
    slow.resolve(Buffer.from('slow'));
    await settle();
    pending.accepted.programReads(100);
    expect(unframed(pending.accepted.received)).toEqual(['ok', 'slow']);
    expect(pending.accepted.endSeen).toBe(true);
  });

  it('ends a connection that asks nothing, or half a question', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from([0, 9, 1])]) {
      const pending = new FakePendingTcp();
      answerTcpDns(pending, resolver);
      pending.accepted.programSends(bytes);
      pending.accepted.programEnds();
      expect(pending.accepted.endSeen).toBe(true);
    }
  });

  it('forgets the answers of a connection that was reset', async () => {
    const pending = new FakePendingTcp();
    answerTcpDns(pending, resolver);
    pending.accepted.programSends(framed('question'));
    pending.accepted.programFails('reset');
    await settle();
    expect(pending.accepted.received).toHaveLength(0);
  });

  it('does nothing for a program that gave up before', () => {
    const pending = new FakePendingTcp();
    pending.abandon();
    answerTcpDns(pending, resolver);
    expect(pending.stream).toBeUndefined();
  });
});
