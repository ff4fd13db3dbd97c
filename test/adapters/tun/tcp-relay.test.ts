import { describe, expect, it } from 'vitest';
import { joinTcp, refusalFor, relayTcp } from '../../../src/adapters/tun/tcp-relay.ts';
import { ErrnoError, errnoNames } from '../../../src/domain/errno-error.ts';
import { deferred } from '../../../src/domain/promises.ts';
import { settle } from '../../fakes/fake-clock.ts';
import { memoryChannelPair, type MemoryChannel } from '../../fakes/memory-channel.ts';
import { linkLost } from '../../fakes/memory-link.ts';
import { record } from '../../fakes/recording-sink.ts';
import { FakePendingTcp, flowTarget } from '../../fakes/stack-flows.ts';

describe('relayTcp', () => {
  it('answers the program only when the far side answered', async () => {
    const pending = new FakePendingTcp();
    const dialled = deferred<MemoryChannel>();
    let asked: unknown;
    const relayed = relayTcp(pending, {
      dial: (destination) => {
        asked = destination;
        return dialled.promise;
      },
    });
    await settle();
    expect([pending.stream, pending.refusal, asked]).toEqual([undefined, undefined, flowTarget]);
    const [near, far] = memoryChannelPair();
    record(far);
    dialled.resolve(near);
    await relayed;
    expect(pending.stream).toBeDefined();
  });

  it('refuses as the far side did', async () => {
    const pending = new FakePendingTcp();
    await relayTcp(pending, { dial: () => Promise.reject(new ErrnoError('ECONNREFUSED', 'no')) });
    expect(pending.refusal).toBe('refused');
  });

  it('abandons the dial when the program gives up, and answers nothing', async () => {
    const pending = new FakePendingTcp();
    let aborted = false;
    const relayed = relayTcp(pending, {
      dial: (_destination, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted = true;
            reject(signal.reason);
          });
        }),
    });
    pending.abandon();
    await relayed;
    expect([aborted, pending.refusal, pending.stream]).toEqual([true, undefined, undefined]);
  });

  it('resets a channel that comes after the program gave up', async () => {
    const pending = new FakePendingTcp();
    const [near, far] = memoryChannelPair();
    const sink = record(far);
    const dialled = deferred<MemoryChannel>();
    const relayed = relayTcp(pending, { dial: () => dialled.promise });
    pending.abandon();
    dialled.resolve(near);
    await relayed;
    await settle();
    expect(sink.failure?.errno).toBe('ECONNRESET');
  });
});

describe('joinTcp', () => {
  it('delivers what the far side sent with its answer', async () => {
    const pending = new FakePendingTcp();
    const [near, far] = memoryChannelPair();
    record(far);
    far.write(Buffer.from('220 ready'));
    joinTcp(pending, near);
    await settle();
    pending.accepted.programReads(100);
    expect(Buffer.from(pending.accepted.received).toString()).toBe('220 ready');
  });

  it('pauses the channel while the program does not read, rather than keeping its bytes', async () => {
    const pending = new FakePendingTcp({ roomBytes: 10 });
    const [near, far] = memoryChannelPair(100);
    record(far);
    joinTcp(pending, near);
    for (let i = 0; i < 5; i++) far.write(Buffer.alloc(30, i));
    await settle();
    expect(near.isPaused).toBe(true);
    expect(near.waitingBytes).toBe(120);
    for (let i = 0; i < 20; i++) {
      pending.accepted.programReads(10);
      await settle();
    }
    expect([near.isPaused, near.waitingBytes, pending.accepted.received.length]).toEqual([false, 0, 150]);
  });

  it('keeps the program’s window shut while the channel has no room', async () => {
    const pending = new FakePendingTcp({ windowBytes: 100 });
    const [near, far] = memoryChannelPair(50);
    record(far);
    far.pause();
    joinTcp(pending, near);
    pending.accepted.programSends(Buffer.alloc(40));
    expect(pending.accepted.window).toBe(100);
    pending.accepted.programSends(Buffer.alloc(60));
    expect(pending.accepted.window).toBe(40);
    far.resume();
    await settle();
    expect(pending.accepted.window).toBe(100);
  });
});

describe('refusalFor', () => {
  it.each([
    ['ECONNREFUSED', 'refused'],
    ['ENETUNREACH', 'net-unreachable'],
    ['EHOSTUNREACH', 'host-unreachable'],
    ['EACCES', 'prohibited'],
    ['ETIMEDOUT', 'timed-out'],
    ['ENOTFOUND', 'host-unreachable'],
  ] as const)('%s is %s', (errno, reason) => {
    expect(refusalFor(new ErrnoError(errno, 'test'))).toBe(reason);
  });

  it('has an answer for every errno, a lost link and a bug', () => {
    for (const errno of errnoNames) expect(refusalFor(new ErrnoError(errno, 'test'))).toBeDefined();
    expect(refusalFor(linkLost())).toBe('host-unreachable');
    expect(refusalFor('a bug')).toBe('host-unreachable');
  });
});
