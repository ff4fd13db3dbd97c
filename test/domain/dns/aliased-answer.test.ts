import { decode, encode, type Answer } from 'dns-packet';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aliasedAnswer } from '../../../src/domain/dns/aliased-answer.ts';
import { extendedQuery } from '../../../src/domain/dns/extended-query.ts';
import { udpRoom } from '../../../src/domain/dns/udp-room.ts';

const long = 'wiki.office.example';
const query = encode({ type: 'query', id: 99, flags: 0x100, questions: [{ name: 'Wiki', type: 'A' }] });
const soa = { mname: 'ns.office.example', rname: 'admin.office.example', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 };

/** With the pointers that name servers write: to the question, into it, and to data of a record before. */
function compressed(): Uint8Array {
  const name = (text: string): number[] => text.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  const record = (owner: number[], type: number, ttl: number, data: number[]): number[] => [
    ...owner, 0, type, 0, 1, 0, 0, 0, ttl, 0, data.length, ...data,
  ]; // prettier-ignore
  const question = [...name(long), 0, 0, 1, 0, 1];
  const first = 12 + question.length;
  // Its data is "host" and a pointer to "office.example" within the question.
  const cname = record([0xc0, 12], 5, 60, [...name('host'), 0xc0, 17]);
  const hostAt = first + 12;
  const a = record([0xc0, hostAt], 1, 30, [192, 0, 2, 80]);
  const ns = record([0xc0, 17], 2, 90, [...name('ns'), 0xc0, 17]);
  const opt = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0];
  return Uint8Array.from([0, 7, 0x84, 0x80, 0, 1, 0, 2, 0, 1, 0, 1, ...question, ...cname, ...a, ...ns, ...opt]);
}

const plain = (answer: Uint8Array | undefined): unknown => {
  const { id, questions, answers, authorities } = decode(Buffer.from(answer ?? []));
  const short = (records: Answer[] = []): string[] =>
    records.map((one) => `${one.name} ${'ttl' in one ? one.ttl : ''} ${one.type} ${JSON.stringify('data' in one ? one.data : '')}`);
  return { id, question: questions?.[0]?.name, answers: short(answers), authorities: short(authorities) };
};

describe('aliasedAnswer', () => {
  it('has an alias, and the records as they were, however they were compressed', () => {
    expect(plain(aliasedAnswer(query, compressed(), 65_535))).toEqual({
      id: 99,
      question: 'Wiki',
      answers: ['Wiki 60 CNAME "wiki.office.example"', `${long} 60 CNAME "host.office.example"`, 'host.office.example 30 A "192.0.2.80"'],
      authorities: ['office.example 90 NS "ns.office.example"'],
    });
  });

  it('keeps flags, code and the OPT record', () => {
    const made = decode(Buffer.from(aliasedAnswer(query, compressed(), 65_535)!));
    expect(made).toMatchObject({ flag_aa: true, flag_ra: true, rcode: 'NOERROR' });
    expect(made.additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 1232 }]);
  });

  it('is an alias alone where the name has no such record', () => {
    const empty = encode({
      type: 'response',
      questions: [{ name: long, type: 'AAAA' }],
      authorities: [{ type: 'SOA', name: 'office.example', ttl: 9, data: soa }],
    });
    expect(plain(aliasedAnswer(query, empty, 65_535))).toMatchObject({
      answers: ['Wiki 0 CNAME "wiki.office.example"'],
      authorities: [`office.example 9 SOA ${JSON.stringify(soa)}`],
    });
  });

  it.each([
    [54, []],
    [60, ['CNAME']],
    [80, ['CNAME', 'CNAME']],
    [100, ['CNAME', 'CNAME', 'A']],
  ])('has the answers that fit into %i bytes, and says that it is cut', (maxBytes, types) => {
    const made = aliasedAnswer(query, compressed(), maxBytes)!;
    const cut = decode(Buffer.from(made));
    expect(cut).toMatchObject({ id: 99, flag_tc: true, authorities: [], additionals: [], questions: [{ name: 'Wiki' }] });
    expect(cut.answers?.map(({ type }) => type)).toEqual(types);
    expect(made.length).toBeLessThanOrEqual(maxBytes);
  });

  it('is none of what is malformed, and never throws', () => {
    const whole = compressed();
    for (let length = 0; length < whole.length; length++) expect(aliasedAnswer(query, whole.subarray(0, length), 65_535)).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 60 }), (answer, asked) => {
        aliasedAnswer(asked, answer, 512);
        aliasedAnswer(query, answer, 512);
      }),
    );
  });
});

describe('extendedQuery', () => {
  it('is the query below a domain, with its case and EDNS', () => {
    const opt = { type: 'OPT' as const, name: '.' as const, udpPayloadSize: 1232, flags: 0, options: [] } as never;
    const edns = encode({ type: 'query', id: 5, flags: 0x100, questions: [{ name: 'Wiki', type: 'AAAA' }], additionals: [opt] });
    const extended = extendedQuery(edns, 'office.example')!;
    expect(decode(Buffer.from(extended))).toMatchObject({ id: 5, questions: [{ name: 'Wiki.office.example', type: 'AAAA' }] });
    expect([udpRoom(extended), udpRoom(query)]).toEqual([1232, 512]);
  });

  it.each(['', 'a..b', 'a'.repeat(64), `${'a'.repeat(60)}.`.repeat(4) + 'b'.repeat(20)])('is none below %j', (domain) => {
    expect(extendedQuery(query, domain)).toBeUndefined();
  });
});
