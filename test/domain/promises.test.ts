import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { abortable, allDone, deferred } from '../../src/domain/promises.ts';
import { settle } from '../fakes/fake-clock.ts';

describe('deferred', () => {
  it('settles as it is told, once', async () => {
    const one = deferred<number>();
    one.resolve(1);
    one.resolve(2);
    one.reject(new Error('late'));
    expect(await one.promise).toBe(1);
  });

  it('passes a rejection on to who waits, and bothers nobody else', async () => {
    const one = deferred<number>();
    one.reject(new Error('no'));
    await settle();
    await expect(one.promise).rejects.toThrow('no');
  });
});

describe('abortable', () => {
  const reason = new Error('given up');

  it('is the promise where nobody gives up', async () => {
    const { signal } = new AbortController();
    expect(await abortable(Promise.resolve(1), signal)).toBe(1);
    await expect(abortable(Promise.reject(reason), signal)).rejects.toBe(reason);
  });

  it('rejects at once with the signal’s reason', async () => {
    const giveUp = new AbortController();
    const waiting = abortable(new Promise(() => undefined), giveUp.signal);
    giveUp.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(abortable(Promise.resolve(1), giveUp.signal)).rejects.toBe(reason);
  });

  it('leaves no listener behind, and no rejection that nobody handles', async () => {
    const { signal } = new AbortController();
    const late = deferred<number>();
    const waiting = abortable(late.promise, signal);
    expect(getEventListeners(signal as EventTarget, 'abort')).toHaveLength(1);
    late.reject(reason);
    await expect(waiting).rejects.toBe(reason);
    await settle();
    expect(getEventListeners(signal as EventTarget, 'abort')).toHaveLength(0);
  });
});

describe('allDone', () => {
  it('gives all values in order', async () => {
    expect(await allDone([Promise.resolve(1), Promise.resolve('two')])).toEqual([1, 'two']);
  });

  it('waits for every part before it tells the first failure in order', async () => {
    const slow = deferred<void>();
    let told = false;
    const all = allDone([slow.promise, Promise.reject(new Error('second'))]);
    all.catch(() => (told = true));
    await settle();
    expect(told).toBe(false);
    slow.reject(new Error('first'));
    await expect(all).rejects.toThrow('first');
  });
});
