import { encode } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { answeredAddresses, emptyAnswer, parseDnsQuestion, responseCode } from '../../../src/domain/dns/dns-message.ts';

const header = [0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0];
const bytes = (...parts: (number[] | string)[]): Uint8Array => Buffer.concat(parts.map((part) => Buffer.from(part as string)));
const typeA = [0, 1, 0, 1];

describe('parseDnsQuestion', () => {
  it.each<[what: string, message: Uint8Array, name: string | undefined]>([
    ['a name, in lower case', bytes(header, [3], 'WeB', [3], 'svc', [0], typeA), 'web.svc'],
    ['the root', bytes(header, [0], typeA), ''],
    ['bytes that text must not hold', bytes(header, [3, 0x61, 0x2e, 0xff], [0], typeA), 'a\\046\\255'],
    ['no question', bytes([0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), undefined],
    ['a name without its end', bytes(header, [3], 'web'), undefined],
    ['a label beyond the end', bytes(header, [9], 'web', [0], typeA), undefined],
    ['a pointer, which a question has no use for', bytes(header, [0xc0, 12], typeA), undefined],
    ['a question without its type', bytes(header, [0], [0]), undefined],
    ['less than a header', bytes(header.slice(0, 11)), undefined],
  ])('%s', (_what, message, name) => {
    expect(parseDnsQuestion(message)?.name).toBe(name);
  });
});

describe('answeredAddresses', () => {
  const record = (type: number, data: number[], lengthBytes = data.length): number[] => [
    0xc0,
    12,
    0,
    type,
    0,
    1,
    0,
    0,
    0,
    9,
    0,
    lengthBytes,
    ...data,
  ];
  const answerHeader = [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
  const answer = (body: number[]): Uint8Array => bytes(answerHeader, [0], typeA, body);

  it.each<[what: string, body: number[], found: string[]]>([
    ['an address', record(1, [10, 96, 7, 7]), ['10.96.7.7']],
    ['an A record of 16 bytes', record(1, Array<number>(16).fill(1)), []],
    ['an AAAA record of 4 bytes', record(28, [10, 96, 7, 7]), []],
    ['an A record that is cut off', record(1, [10, 96, 7, 7], 40), []],
  ])('%s', (_what, body, found) => {
    expect(answeredAddresses(answer(body)).map(({ address }) => address.toString())).toEqual(found);
  });

  it('a pointer to itself ends nothing but the name', () => {
    const loop = bytes(answerHeader, [0], typeA, [0xc0, 17, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4]);
    expect(answeredAddresses(loop)).toHaveLength(1);
  });
});

describe('emptyAnswer', () => {
  it('to a message that is no question is a header alone', () => {
    const answer = emptyAnswer(Uint8Array.of(0xab, 0xcd, 1), 2);
    expect([...answer]).toEqual([0xab, 0xcd, 0x81, 0x82, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('is a response with its code', () => {
    expect(responseCode(emptyAnswer(encode({ type: 'query', id: 1, questions: [{ type: 'A', name: 'a.example' }] }), 5))).toBe(5);
  });
});
