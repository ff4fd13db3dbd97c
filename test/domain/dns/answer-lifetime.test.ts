import { AUTHORITATIVE_ANSWER, decode, encode, TRUNCATED_RESPONSE, type Answer, type RecordType } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { agedAnswer, answerLifetime } from '../../../src/domain/dns/answer-lifetime.ts';

const a = (ttl: number): Answer => ({ type: 'A', name: 'db.example', ttl, data: '192.0.2.1' });
const cname = (ttl: number): Answer => ({ type: 'CNAME', name: 'www.example', ttl, data: 'db.example' });
const soa = (ttl: number, minimum: number): Answer => ({
  type: 'SOA',
  name: 'example',
  ttl,
  data: { mname: 'ns.example', rname: 'admin.example', serial: 1, refresh: 3600, retry: 600, expire: 86400, minimum },
});
const opt: Answer = { type: 'OPT', name: '.', udpPayloadSize: 1232, flags: 0, options: [] } as unknown as Answer;

interface Parts {
  readonly type?: RecordType;
  readonly rcode?: number;
  readonly flags?: number;
  readonly answers?: Answer[];
  readonly authorities?: Answer[];
  readonly additionals?: Answer[];
}

function response({ type = 'A', rcode = 0, flags = AUTHORITATIVE_ANSWER, ...sections }: Parts): Uint8Array {
  return encode({ type: 'response', id: 7, flags: flags | rcode, questions: [{ type, name: 'www.example' }], ...sections });
}

describe('answerLifetime', () => {
  it.each<[what: string, parts: Parts, seconds: number]>([
    ['an address', { answers: [a(30)] }, 30],
    ['an address that is not to be kept', { answers: [a(0)] }, 0],
    ['a TTL with its highest bit set', { answers: [a(0x80000001)] }, 0],
    ['the least of a chain', { answers: [cname(60), a(5)] }, 5],
    ['a name server’s TTL besides', { answers: [a(30)], authorities: [{ type: 'NS', name: 'example', ttl: 20, data: 'ns.example' }] }, 20],
    ['the OPT record, whose TTL is none', { answers: [a(30)], additionals: [opt] }, 30],
    ['what outlives networks', { answers: [a(86_400)] }, 300],
    ['any type', { type: 'ANY' as RecordType, answers: [cname(30)] }, 30],
    ['an unknown name, by the minimum of its SOA', { rcode: 3, authorities: [soa(60, 5)] }, 5],
    ['an unknown name, by the TTL of its SOA', { rcode: 3, authorities: [soa(4, 30)] }, 4],
    ['an unknown name that stays so for long', { rcode: 3, authorities: [soa(3600, 3600)] }, 60],
    ['an unknown name without SOA', { rcode: 3 }, 0],
    ['a known name without such a record', { type: 'AAAA', authorities: [soa(60, 30)] }, 30],
    ['a known name without such a record, nor SOA', { type: 'AAAA' }, 0],
    ['an alias of an unknown name', { rcode: 3, answers: [cname(9)], authorities: [soa(60, 30)] }, 9],
    ['an alias of a name without such a record', { answers: [cname(9)] }, 0],
    ['a failure', { rcode: 2, authorities: [soa(60, 30)] }, 0],
    ['a refusal', { rcode: 5 }, 0],
    ['a cut answer', { flags: TRUNCATED_RESPONSE, answers: [a(30)] }, 0],
  ])('%s', (_what, parts, seconds) => {
    expect(answerLifetime(response(parts))).toBe(seconds);
  });

  it('of anything else is 0', () => {
    const whole = response({ answers: [cname(60), a(30)] });
    for (let length = 0; length < whole.length; length++) expect(answerLifetime(whole.subarray(0, length))).toBe(0);
    const query = Uint8Array.from(whole);
    query[2] = 0;
    expect(answerLifetime(query)).toBe(0);
  });
});

describe('agedAnswer', () => {
  it('has all TTLs count down, not below 0, and all else as it was', () => {
    const parts = { answers: [cname(60), a(5)], authorities: [soa(30, 60)], additionals: [opt] };
    const fresh = response(parts);
    const aged = agedAnswer(fresh, 10);
    expect(decode(Buffer.from(aged))).toEqual(
      decode(Buffer.from(response({ ...parts, answers: [cname(50), a(0)], authorities: [soa(20, 60)] }))),
    );
    expect(fresh).toEqual(response(parts));
  });
});
