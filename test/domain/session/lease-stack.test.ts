import { describe, expect, it } from 'vitest';
import { LeaseStack } from '../../../src/domain/session/lease-stack.ts';
import { deferred } from '../../../src/domain/promises.ts';
import { settle } from '../../fakes/fake-clock.ts';

describe('LeaseStack', () => {
  it('releases last in first out, one after the other', async () => {
    const stack = new LeaseStack();
    const log: string[] = [];
    for (const what of ['a', 'b', 'c']) {
      stack.push(what, async () => {
        log.push(`${what} begins`);
        await settle();
        log.push(`${what} is done`);
      });
    }
    await stack.releaseAll();
    expect(log).toEqual(['c begins', 'c is done', 'b begins', 'b is done', 'a begins', 'a is done']);
  });

  it('tells what is held until it is released, what is being released first', async () => {
    const stack = new LeaseStack();
    const slow = deferred<void>();
    stack.push('a', async () => undefined);
    stack.push('b', () => slow.promise);
    expect(stack.held).toEqual(['b', 'a']);
    const released = stack.releaseAll();
    await settle();
    expect(stack.held).toEqual(['b', 'a']);
    slow.resolve();
    await released;
    expect(stack.held).toEqual([]);
  });

  it('releases all, whatever fails, and joins the failures', async () => {
    const stack = new LeaseStack();
    const released: string[] = [];
    const failing = (what: string) => async (): Promise<void> => {
      released.push(what);
      throw new Error(what);
    };
    stack.push('a', failing('a'));
    stack.push('b', async () => void released.push('b'));
    stack.push('c', failing('c'));
    const error: unknown = await stack.releaseAll().catch((one: unknown) => one);
    expect(released).toEqual(['c', 'b', 'a']);
    expect((error as AggregateError).errors.map(String)).toEqual(['Error: c', 'Error: a']);
  });

  it('releases once, however often it is asked', async () => {
    const stack = new LeaseStack();
    let releases = 0;
    stack.push('a', async () => void releases++);
    await Promise.all([stack.releaseAll(), stack.releaseAll()]);
    await stack.releaseAll();
    expect(releases).toBe(1);
  });

  it('also releases what comes while it releases', async () => {
    const stack = new LeaseStack();
    const released: string[] = [];
    stack.push('a', async () => void released.push('a'));
    stack.push('b', async () => {
      stack.push('late', async () => void released.push('late'));
      await settle();
      released.push('b');
    });
    await stack.releaseAll();
    expect(released).toEqual(['b', 'late', 'a']);
  });

  it('has nothing to do where nothing is held', async () => {
    await expect(new LeaseStack().releaseAll()).resolves.toBeUndefined();
  });
});
