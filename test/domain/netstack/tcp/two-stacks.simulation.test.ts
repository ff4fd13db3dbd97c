import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smooth } from '../../../support/netstack/rough-path.ts';
import { StackPair, type PairOptions } from '../../../support/netstack/stack-pair.ts';

const dayMs = 24 * 3_600_000;
const wide = { delayMs: 5, bytesPerMs: 12_500, queueBytes: Infinity };
const send = (sendBytes: number) => ({ sendBytes, endsWhen: 'sent' }) as const;

/** What each user sees of a connection that nothing disturbed. */
function expectClean(pair: StackPair, options: PairOptions): void {
  expect(pair.users.map((user) => [...user.closings])).toEqual([['clean'], ['clean']]);
  expect(pair.users.map((user) => [user.receivedBytes, user.isIntact, user.hasEnded])).toEqual([
    [options.habits[1].sendBytes, true, true],
    [options.habits[0].sendBytes, true, true],
  ]);
}

describe('two stacks over a smooth link', () => {
  it.each<[string, Partial<PairOptions>]>([
    ['IPv4', {}],
    ['IPv6', { version: 6 }],
    ['an answer after the half-close', { habits: [send(200_000), { sendBytes: 300_000, endsWhen: 'heard' }] }],
    ['the other half first', { habits: [{ sendBytes: 300_000, endsWhen: 'heard' }, send(200_000)] }],
    ['nothing at all, ended by both at once', { habits: [send(0), send(0)] }],
    ['both open at once', { bothOpenAfterMs: 0 }],
    ['the second opens while the SYN is on its way', { bothOpenAfterMs: 3 }],
    ['slow readers', { habits: [{ ...send(90_000), reads: { bytes: 5000, everyMs: 50 } }, { ...send(90_000), reads: { bytes: 1, everyMs: 1 } }] }], // prettier-ignore
    ['a queue of a few packets', { shape: { ...wide, queueBytes: 5000 } }],
  ])('%s', (_name, change) => {
    const options: PairOptions = { shape: wide, seed: 1, habits: [send(200_000), send(300_000)], ...change };
    const pair = new StackPair(options);
    expect(pair.finish(dayMs)).toBe(true);
    expectClean(pair, options);
    // Nobody keeps anything: neither flows nor timers.
    expect(pair.run(() => pair.stacks.every(({ stack }) => stack.flowCount === 0), dayMs)).toBe(true);
    expect(pair.stacks.map(({ stack }) => stack.pollAt())).toEqual([undefined, undefined]);
  });
});

const devices = [false, true].flatMap((virtioHeader) =>
  [1281, 1500, 9001, 65_520].flatMap((mtuBytes) => ([4, 6] as const).map((version) => ({ virtioHeader, mtuBytes, version }))),
);

describe.each(devices)('two stacks, virtio header $virtioHeader, MTU $mtuBytes, IPv$version', (device) => {
  it('send each byte once where nothing is lost', () => {
    const pair = new StackPair({ ...device, shape: wide, seed: 1, habits: [send(500_000), send(500_000)] });
    expect(pair.finish(dayMs)).toBe(true);
    expect(pair.payloadBytes).toEqual([500_000, 500_000]);
    expect(pair.stacks.map(({ stack }) => stack.counters.segmentsRetransmitted)).toEqual([0, 0]);
  });

  it.each([0.01, 0.05, 0.2])('send little more than what was lost again, where %d is, and in full segments', (loss) => {
    const sendBytes = 2_000_001;
    const habits = [send(sendBytes), { sendBytes: 0, endsWhen: 'heard' }] as const;
    // At such loss a FIN may have to be repeated for longer than the second that TIME-WAIT is here; then it is answered by a RST.
    const limits = [{ timeWaitMs: 240_000 }, { timeWaitMs: 240_000 }] as const;
    const pair = new StackPair({ ...device, shape: wide, seed: 3, roughness: { ...smooth, loss }, habits, limits });
    expect(pair.finish(dayMs)).toBe(true);
    expectClean(pair, { shape: wide, seed: 3, habits });
    const againBytes = pair.payloadBytes[0] - sendBytes;
    expect(againBytes).toBeLessThanOrEqual(1.25 * pair.lostBytes + 4 * device.mtuBytes);
    const mss = device.mtuBytes - (device.version === 4 ? 40 : 60);
    expect(pair.stacks[0].stack.counters.segmentsRetransmitted).toBeLessThanOrEqual(againBytes / mss + 4);
  });
});

describe('two stacks over a rough link', () => {
  // By tenths of a percent: of all numbers that a double can be, most are next to nothing.
  const chance = (most: number) => fc.nat(most * 1000).map((perMille) => perMille / 1000);
  const limits = fc.record({
    receiveWindowBytes: fc.constantFrom(1500, 9000, 65_536, 300_000),
    sendQueueBytes: fc.constantFrom(1000, 16_384, 300_000),
    // Where the last word of one is lost, only this tells the other.
    keepAliveIdleMs: fc.constant(600_000),
  });
  const habits = fc.record({
    sendBytes: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40_000 }), fc.integer({ min: 1, max: 400_000 })),
    endsWhen: fc.constantFrom('sent' as const, 'heard' as const),
    reads: fc.option(fc.record({ bytes: fc.integer({ min: 500, max: 20_000 }), everyMs: fc.integer({ min: 1, max: 400 }) })),
  });
  const scenario = fc.record({
    version: fc.constantFrom<4 | 6>(4, 6),
    virtioHeader: fc.boolean(),
    mtuBytes: fc.constantFrom(1280, 1500, 9000, 65_520),
    limits: fc.tuple(limits, limits),
    shape: fc.record({
      delayMs: fc.constantFrom(0, 1, 30, 300),
      bytesPerMs: fc.constantFrom(100, 12_500, Infinity),
      queueBytes: fc.constantFrom(4000, 100_000, Infinity),
    }),
    roughness: fc.record({ loss: chance(0.3), duplicate: chance(0.2), reorder: chance(0.4), corrupt: chance(0.05) }),
    seed: fc.integer(),
    habits: fc.tuple(habits, habits),
    bothOpenAfterMs: fc.option(fc.integer({ min: 0, max: 1500 })),
  });

  it('deliver exactly, or tell both users that it failed, and never hang', () => {
    let clean = 0;
    const runs = 250;
    fc.assert(
      fc.property(scenario, ({ habits: [first, second], bothOpenAfterMs, ...path }) => {
        const rest = withRoomForFrames(path);
        const both = [first, second].map(({ reads, ...habit }) => ({ ...habit, ...(reads && { reads }) }));
        // Two that each wait for the other's end would rightly wait for ever.
        const heardByBoth = both.every(({ endsWhen }) => endsWhen === 'heard');
        const [a = send(0), b = send(0)] = heardByBoth ? both.map((habit) => ({ ...habit, endsWhen: 'sent' as const })) : both;
        const options: PairOptions = { ...rest, habits: [a, b], ...(bothOpenAfterMs !== null && { bothOpenAfterMs }) };
        const pair = new StackPair(options);
        expectAnOutcome(pair, options);
        if (pair.users.every(({ closings }) => closings[0] === 'clean')) clean++;
      }),
      { numRuns: runs },
    );
    expect(clean).toBeGreaterThan(runs / 2);
  }, 60_000);

  it('gives up on a link that is cut, at both ends', () => {
    const cut = new StackPair({
      shape: wide,
      roughness: { ...smooth, loss: 1 },
      seed: 1,
      habits: [send(10), send(10)],
      bothOpenAfterMs: 0,
    });
    expect(cut.finish(dayMs)).toBe(true);
    expect(cut.users.map((user) => [...user.closings])).toEqual([['timed-out'], ['timed-out']]);
  });
});

/** A queue that is smaller than one frame would let none through. */
function withRoomForFrames<T extends Pick<PairOptions, 'shape' | 'virtioHeader' | 'mtuBytes'>>(path: T): T {
  const largest = path.virtioHeader ? 65_550 : (path.mtuBytes ?? 1500);
  return { ...path, shape: { ...path.shape, queueBytes: Math.max(path.shape.queueBytes, 3 * largest) } };
}

function expectAnOutcome(pair: StackPair, { habits }: PairOptions): void {
  const { users } = pair;
  // An open of which nothing arrives is told to its user alone: the other has no stream.
  const isOver = () => users.every((user) => user.isOver || user.stream === undefined) && users.some((user) => user.isOver);
  expect(pair.run(isOver, dayMs)).toBe(true);
  for (const side of [0, 1] as const) {
    const user = users[side];
    expect(user.isIntact).toBe(true);
    expect(user.closings.length).toBeLessThanOrEqual(1);
    expect(user.receivedBytes).toBeLessThanOrEqual(habits[1 - side]?.sendBytes ?? 0);
    if (user.closings[0] !== 'clean') continue;
    // Whoever closed cleanly has all, and so has the other, whatever that was told later.
    expect(users.map(({ receivedBytes, hasEnded }) => [receivedBytes, hasEnded])).toEqual([
      [habits[1].sendBytes, true],
      [habits[0].sendBytes, true],
    ]);
  }
}
