import { decode, encode, type Answer, type RecordType } from 'dns-packet';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answeredAddresses, emptyAnswer, parseDnsQuestion, responseCode } from '../../../src/domain/dns/dns-message.ts';

const types: Record<string, number> = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, SRV: 33 };

const label = fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/);
const name = fc.array(label, { minLength: 1, maxLength: 6 }).map((labels) => labels.join('.'));
const type = fc.constantFrom(...Object.keys(types)) as fc.Arbitrary<RecordType>;
const id = fc.nat(0xffff);
const ttl = fc.nat(0x7fffffff);

const answer: fc.Arbitrary<Answer> = fc.oneof(
  fc.record({ type: fc.constant('A' as const), name, ttl, data: fc.ipV4() }),
  fc.record({ type: fc.constant('AAAA' as const), name, ttl, data: fc.constantFrom('2001:db8::1', 'fd00::10:2', '::1') }),
  fc.record({ type: fc.constant('CNAME' as const), name, ttl, data: name }),
  fc.record({ type: fc.constant('TXT' as const), name, ttl, data: fc.string({ maxLength: 100 }) }),
  fc.record({ type: fc.constant('MX' as const), name, ttl, data: fc.record({ preference: fc.nat(9), exchange: name }) }),
);
const response = fc
  .record({
    id,
    rcode: fc.nat(15),
    question: name,
    type,
    answers: fc.array(answer, { maxLength: 6 }),
    authorities: fc.array(answer, { maxLength: 2 }),
  })
  .map(({ id, rcode, question, type, answers, authorities }) =>
    encode({ type: 'response', id, flags: rcode, questions: [{ name: question, type }], answers, authorities }),
  );
const message = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  response.chain((whole) => fc.nat(whole.length).map((length) => whole.subarray(0, length))),
  fc.tuple(response, fc.array(fc.tuple(fc.nat(299), fc.nat(255)), { maxLength: 5 })).map(([whole, changes]) => {
    const damaged = Uint8Array.from(whole);
    for (const [at, value] of changes) if (at < damaged.length) damaged[at] = value;
    return damaged;
  }),
);

describe('DNS messages', () => {
  it('no bytes make reading throw', () => {
    fc.assert(
      fc.property(message, fc.nat(15), (bytes, rcode) => {
        const before = Uint8Array.from(bytes);
        parseDnsQuestion(bytes);
        responseCode(bytes);
        for (const { address, ttlSeconds } of answeredAddresses(bytes)) {
          expect([4, 16]).toContain(address.bytes.length);
          expect(ttlSeconds).toBeGreaterThanOrEqual(0);
        }
        expect(emptyAnswer(bytes, rcode).length).toBeGreaterThanOrEqual(12);
        expect(Buffer.compare(bytes, before)).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });

  it('questions are read as dns-packet wrote them', () => {
    fc.assert(
      fc.property(name, type, id, (name, type, id) => {
        const query = encode({ type: 'query', id, flags: 0x100, questions: [{ name, type }] });
        expect(parseDnsQuestion(query)).toEqual({ name: name.toLowerCase(), type: types[type], dnsClass: 1 });
        expect(responseCode(query)).toBeUndefined();
      }),
    );
  });

  it('codes and addresses of answers are read as dns-packet reads them, name compression included', () => {
    fc.assert(
      fc.property(response, (bytes) => {
        const oracle = decode(Buffer.from(bytes));
        const expected = (oracle.answers ?? []).flatMap((one) =>
          one.type === 'A' || one.type === 'AAAA' ? [{ data: one.data, ttl: one.ttl }] : [],
        );
        expect(responseCode(bytes)).toBe((oracle.flags ?? 0) & 0xf);
        expect(answeredAddresses(bytes).map(({ address, ttlSeconds }) => ({ data: address.toString(), ttl: ttlSeconds }))).toEqual(
          expected,
        );
      }),
    );
  });

  it('an empty answer is one to dns-packet, with id, question and recursion bit of its query', () => {
    fc.assert(
      fc.property(name, type, id, fc.nat(15), fc.boolean(), (name, type, id, rcode, recursion) => {
        const query = encode({ type: 'query', id, flags: recursion ? 0x100 : 0, questions: [{ name, type }], additionals: [opt()] });
        const answer = decode(Buffer.from(emptyAnswer(query, rcode)));
        expect(answer).toMatchObject({ type: 'response', id, questions: [{ name, type }], answers: [], authorities: [], additionals: [] });
        expect((answer.flags ?? 0) & 0xf).toBe(rcode);
        expect(((answer.flags ?? 0) & 0x100) !== 0).toBe(recursion);
        expect(answer.flag_aa || answer.flag_tc).toBe(false);
      }),
    );
  });
});

function opt(): Answer {
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize: 1232,
    flags: 0,
    options: [],
    extendedRcode: 0,
    ednsVersion: 0,
    flag_do: false,
  } as unknown as Answer;
}
