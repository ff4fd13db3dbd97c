import { fc, test } from '@fast-check/vitest';
import { AUTHORITATIVE_ANSWER, decode, encode, RECURSION_DESIRED, type Answer, type RecordType } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { lookUp } from '../../../src/domain/playground/cluster-zone.ts';
import { answerQuery } from '../../../src/domain/playground/dns-answer.ts';
import { aService, aStore } from '../../builders/playground-builders.ts';

const objects = aStore(aService('web', '10.43.0.2'));
const look = (name: string): ReturnType<typeof lookUp> => lookUp(objects, name);
const query = (name: string, type: RecordType): Uint8Array =>
  encode({ type: 'query', id: 4711, flags: RECURSION_DESIRED, questions: [{ type, name, class: 'IN' }] });

describe('answerQuery', () => {
  it.each([
    ['web.shop.svc.cluster.local', 'A', 'NOERROR', '10.43.0.2', true],
    ['WeB.shop.svc.cluster.local', 'A', 'NOERROR', '10.43.0.2', true],
    ['web.shop.svc.cluster.local', 'AAAA', 'NOERROR', 'SOA', true],
    ['shop.svc.cluster.local', 'A', 'NOERROR', 'SOA', true],
    ['_http._tcp.web.shop.svc.cluster.local', 'SRV', 'NOERROR', '0 100 80 web.shop.svc.cluster.local', true],
    ['2.0.43.10.in-addr.arpa', 'PTR', 'NOERROR', 'web.shop.svc.cluster.local', true],
    ['nobody.shop.svc.cluster.local', 'A', 'NXDOMAIN', 'SOA', true],
    ['example.com', 'A', 'NXDOMAIN', '', false],
  ] as const)('%s %s: %s %s', (name, type, rcode, expected, authoritative) => {
    const answer = decode(Buffer.from(answerQuery(query(name, type), look)));
    expect(answer).toMatchObject({ type: 'response', id: 4711, rcode, questions: [{ name, type }] });
    expect([...(answer.answers ?? []), ...(answer.authorities ?? [])].map(text).join()).toBe(expected);
    expect(((answer.flags ?? 0) & AUTHORITATIVE_ANSWER) !== 0).toBe(authoritative);
    for (const record of answer.answers ?? []) expect(record).toMatchObject({ name, ttl: 5, class: 'IN' });
  });

  it('says of nonsense that it is malformed', () => {
    const answer = answerQuery(Uint8Array.of(1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), look);
    expect([...answer.subarray(0, 2), (answer[3] ?? 0) & 0x0f]).toEqual([1, 2, 1]);
  });

  test.prop([fc.uint8Array({ maxLength: 80 })])('never throws, and always answers by the same id', (message) => {
    const answer = answerQuery(message, look);
    expect(answer.length).toBeGreaterThanOrEqual(12);
    expect([...answer.subarray(0, 2)]).toEqual([message[0] ?? 0, message[1] ?? 0]);
  });
});

function text(record: Answer): string {
  if (record.type === 'SRV') return `${record.data.priority} ${record.data.weight} ${record.data.port} ${record.data.target}`;
  return record.type === 'A' || record.type === 'PTR' ? record.data : record.type;
}
