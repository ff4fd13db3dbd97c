import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import { virtioHeaderBytes } from '../../../src/domain/netstack/wire/virtio-net-header.ts';
import { RoughPath, seededRandom, smooth, type PathShape, type Roughness } from './rough-path.ts';
import { StackHarness } from './stack-harness.ts';
import { StreamUser, type UserHabits } from './stream-user.ts';
import type { StackLimits } from '../../../src/domain/netstack/stack-limits.ts';

export interface PairOptions {
  readonly version?: 4 | 6;
  readonly mtuBytes?: number;
  /** Frames begin with one: large segments go over the link whole, as over a TUN. */
  readonly virtioHeader?: boolean;
  /** Of the first stack, which opens, and of the second. */
  readonly limits?: readonly [Partial<StackLimits>, Partial<StackLimits>];
  readonly shape: PathShape;
  readonly roughness?: Roughness;
  readonly seed: number;
  readonly habits: readonly [UserHabits, UserHabits];
  /** Both open, the second this much later. */
  readonly bothOpenAfterMs?: number;
}

const hosts = { 4: ['192.0.2.1', '192.0.2.2'], 6: ['2001:db8::1', '2001:db8::2'] } as const;

interface Alarm {
  readonly at: number;
  readonly action: () => void;
}

/** Two stacks with a link between them, each impersonating what the other takes for a local program; a virtual clock; and a user at each end of one connection. */
export class StackPair {
  readonly stacks: readonly [StackHarness, StackHarness];
  readonly users: readonly [StreamUser, StreamUser];
  /** TCP payload that each stack sent, repetitions too. */
  readonly payloadBytes: [number, number] = [0, 0];
  readonly #paths: readonly [RoughPath, RoughPath];
  readonly #prefixBytes: number;
  #alarms: Alarm[] = [];
  nowMs = 0;

  constructor(options: PairOptions) {
    const { shape, roughness = smooth, seed, habits, virtioHeader = false } = options;
    this.stacks = [makeStack(options, 0), makeStack(options, 1)];
    this.#prefixBytes = virtioHeader ? virtioHeaderBytes : 0;
    this.#paths = [new RoughPath(shape, roughness, seed, virtioHeader), new RoughPath(shape, roughness, ~seed, virtioHeader)];
    const later = (ms: number, action: () => void) => this.#later(ms, action);
    this.users = [new StreamUser(0, habits[0], later), new StreamUser(1, habits[1], later)];
    const [first, second] = hosts[options.version ?? 4].map((address, i) => ({ address: ip(address), port: 1000 + i }));
    if (!first || !second) throw new RangeError('two hosts');
    this.stacks[1].onTcp = (pending) => this.users[1].begin(pending.accept(this.users[1]));
    this.users[0].begin(this.stacks[0].stack.connect(first, second, this.users[0]));
    // The second may have been opened by the first meanwhile: `connect` then returns nothing, and the accepted stream stays.
    if (options.bothOpenAfterMs !== undefined) later(options.bothOpenAfterMs, () => {
      const stream = this.stacks[1].stack.connect(second, first, this.users[1]);
      if (stream) this.users[1].begin(stream);
    }); // prettier-ignore
  }

  /** Frames that overflowed a queue of the link. */
  get overflows(): number {
    return this.#paths[0].overflows + this.#paths[1].overflows;
  }

  /** Of frames that the first stack sent, and the link lost. */
  get lostBytes(): number {
    return this.#paths[0].lostBytes;
  }

  /** Goes from event to event until `isDone`, or `limitMs` of virtual time, or nothing is left to happen. @returns whether it was done */
  run(isDone: () => boolean, limitMs: number): boolean {
    for (let steps = 0; steps < 2_000_000; steps++) {
      this.#step();
      if (isDone()) return true;
      const next = this.#nextAt();
      if (next > limitMs) return false;
      this.nowMs = Math.max(this.nowMs, next);
    }
    return false;
  }

  /** Until both users were told that it is over. */
  finish(limitMs: number): boolean {
    return this.run(() => this.users[0].isOver && this.users[1].isOver, limitMs);
  }

  #later(ms: number, action: () => void): void {
    this.#alarms.push({ at: this.nowMs + ms, action });
  }

  #nextAt(): number {
    let next = Math.min(this.#paths[0].nextAt, this.#paths[1].nextAt);
    for (const { stack } of this.stacks) next = Math.min(next, stack.pollAt() ?? Infinity);
    for (const alarm of this.#alarms) next = Math.min(next, alarm.at);
    return next;
  }

  #step(): void {
    if (this.#alarms.some((alarm) => alarm.at <= this.nowMs)) this.#ring();
    for (const side of [0, 1] as const) {
      const harness = this.stacks[side];
      harness.nowMs = this.nowMs;
      for (const frame of this.#paths[1 - side]?.takeDue(this.nowMs) ?? []) harness.stack.ingest(frame, harness.now);
      harness.stack.poll(harness.now);
      for (const frame of harness.sink.take()) {
        this.payloadBytes[side] += tcpPayloadBytes(frame.subarray(this.#prefixBytes));
        this.#paths[side].send(frame, this.nowMs);
      }
    }
  }

  #ring(): void {
    const due = this.#alarms.filter((alarm) => alarm.at <= this.nowMs);
    this.#alarms = this.#alarms.filter((alarm) => alarm.at > this.nowMs);
    for (const { action } of due) action();
  }
}

function tcpPayloadBytes(packet: Uint8Array): number {
  const ipBytes = (packet[0] ?? 0) >> 4 === 4 ? 20 : 40;
  return packet.length - ipBytes - ((packet[ipBytes + 12] ?? 0) >> 4) * 4;
}

function makeStack({ limits, seed, mtuBytes, virtioHeader }: PairOptions, side: 0 | 1): StackHarness {
  const random = seededRandom(seed + 17 * side);
  return new StackHarness({
    randomU32: () => Math.floor(random() * 2 ** 32),
    mtuBytes: mtuBytes ?? 1500,
    virtioHeader: virtioHeader ?? false,
    ...(limits && { limits: limits[side] }),
  });
}
