import { decode, encode } from 'dns-packet';
import { describe, expect, it } from 'vitest';
import { AnswerCache } from '../../../src/domain/dns/answer-cache.ts';
import { instant } from '../../../src/domain/netstack/instant.ts';

const answer = (ttl: number, data = '192.0.2.1'): Uint8Array =>
  encode({
    type: 'response',
    questions: [{ name: 'db.example', type: 'A' }],
    answers: [{ type: 'A', name: 'db.example', ttl, data }],
  });
const ttlOf = (message: Uint8Array | undefined): unknown => message && decode(Buffer.from(message)).answers?.[0]?.['ttl' as never];

describe('AnswerCache', () => {
  it('gives an answer with what is left of its time, and not beyond', () => {
    const cache = new AnswerCache(10_000);
    cache.keep('q', { message: answer(5), side: 'cluster' }, instant(1000));
    const left = [1000, 1999, 2000, 5999, 6000].map((ms) => ttlOf(cache.find('q', instant(ms))?.message));
    expect(left).toEqual([5, 5, 4, 1, undefined]);
  });

  it('says who gave it', () => {
    const cache = new AnswerCache(10_000);
    cache.keep('q', { message: answer(5), side: 'laptop' }, instant(0));
    expect(cache.find('q', instant(0))?.side).toBe('laptop');
    expect(cache.find('other', instant(0))).toBeUndefined();
  });

  it('has the newer answer, also where that may not be kept', () => {
    const cache = new AnswerCache(10_000);
    cache.keep('q', { message: answer(60), side: 'cluster' }, instant(0));
    cache.keep('q', { message: answer(5), side: 'cluster' }, instant(0));
    expect(ttlOf(cache.find('q', instant(0))?.message)).toBe(5);
    cache.keep('q', { message: answer(0), side: 'cluster' }, instant(0));
    expect(cache.find('q', instant(0))).toBeUndefined();
  });

  it('has no more than it has room for: the oldest go', () => {
    const cache = new AnswerCache(10_000);
    for (let i = 0; i < 1000; i++) cache.keep(`q${i}`, { message: answer(5), side: 'cluster' }, instant(0));
    const kept = Array.from({ length: 1000 }, (_, i) => i).filter((i) => cache.find(`q${i}`, instant(0)));
    expect(kept.length).toBeGreaterThan(30);
    expect(kept.length).toBeLessThan(50);
    expect(kept.at(-1)).toBe(999);
    expect(kept[0]).toBe(1000 - kept.length);
  });

  it('doesn’t keep what alone is too much', () => {
    const cache = new AnswerCache(100);
    cache.keep('q', { message: answer(5), side: 'cluster' }, instant(0));
    expect(cache.find('q', instant(0))).toBeUndefined();
  });
});
