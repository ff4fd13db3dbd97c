import { decode, encode, type RecordType } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { answerTo, questionKey } from '../../../src/domain/dns/question-key.ts';

interface Parts {
  readonly id?: number;
  readonly flags?: number;
  readonly edns?: number;
  readonly dnssecOk?: boolean;
}

function query(name: string, type: RecordType = 'A', { id = 1, flags = 0x100, edns, dnssecOk = false }: Parts = {}): Uint8Array {
  const opt = { type: 'OPT' as const, name: '.' as const, udpPayloadSize: edns ?? 0, flags: dnssecOk ? 0x8000 : 0, options: [] };
  return encode({
    type: 'query',
    id,
    flags,
    questions: [{ name, type }],
    additionals: edns === undefined ? [] : [opt as never],
  });
}

const key = (...args: Parameters<typeof query>): string | undefined => questionKey(query(...args), 'udp');

describe('questionKey', () => {
  it('is the same whatever the id, and however the name is written', () => {
    expect(key('WEB.default.SVC', 'A', { id: 9 })).toBe(key('web.Default.svc'));
    expect(key('web.default.svc')).toBeDefined();
  });

  it('is another one for each other question', () => {
    const keys = [
      questionKey(query('web'), 'tcp'),
      key('web'),
      key('web', 'AAAA'),
      key('web', 'A', { flags: 0 }),
      key('web', 'A', { flags: 0x110 }),
      key('web', 'A', { edns: 512 }),
      key('web', 'A', { edns: 1232 }),
      key('web', 'A', { edns: 1232, dnssecOk: true }),
      key('webs'),
      key('w.eb'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it.each([
    ['nothing', new Uint8Array(0)],
    ['a torn header', query('web').subarray(0, 11)],
    ['a torn question', query('web').subarray(0, 15)],
    ['two questions', encode({ type: 'query', questions: ['a', 'b'].map((name) => ({ name, type: 'A' as const })) })],
    ['a response', encode({ type: 'response', questions: [{ name: 'a', type: 'A' }] })],
    ['another opcode', query('web', 'A', { flags: 0x2100 })],
  ])('is none for %s', (_what, message) => {
    expect(questionKey(message, 'udp')).toBeUndefined();
  });
});

describe('answerTo', () => {
  it('has the id and the spelling of the query that it answers, and leaves the first answer alone', () => {
    const question = { name: 'web.default', type: 'A' as const };
    const first = encode({ type: 'response', id: 1, questions: [question], answers: [{ ...question, ttl: 5, data: '10.96.7.7' }] });
    const second = decode(Buffer.from(answerTo(query('Web.DEFAULT', 'A', { id: 77 }), first)));
    expect(second).toMatchObject({ id: 77, questions: [{ name: 'Web.DEFAULT' }], answers: [{ data: '10.96.7.7' }] });
    expect(decode(first)).toMatchObject({ id: 1, questions: [{ name: 'web.default' }] });
  });

  it('leaves a question alone that isn’t the one asked', () => {
    const none = encode({ type: 'response', id: 1, flags: 2 });
    expect(Buffer.from(answerTo(query('web', 'A', { id: 5 }), none)).subarray(2)).toEqual(none.subarray(2));
  });
});
