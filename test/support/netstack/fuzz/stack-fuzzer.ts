import { createHash } from 'node:crypto';
import type { NetStack } from '../../../../src/domain/netstack/net-stack.ts';
import { slowChecksum } from '../../../oracles/checksum-oracle.ts';
import { joinFragments } from '../fragments.ts';
import { readPacket, type RawPacket } from '../raw-packet.ts';
import { StackHarness } from '../stack-harness.ts';
import { Dice } from './dice.ts';
import { FickleUser } from './fickle-user.ts';
import { HonestProgram } from './honest-program.ts';
import { fragmentsOf, mutatePacket } from './mutate-packet.ts';
import { ProgramPackets } from './program-packets.ts';

const kibibyte = 1024;
const limits = {
  receiveWindowBytes: 4 * kibibyte,
  sendQueueBytes: 8 * kibibyte,
  maxTcpFlows: 24,
  maxPendingOpens: 3,
  maxTimeWaits: 4,
  maxUdpFlows: 6,
  maxReassemblies: 4,
  maxReassemblyBytes: 192 * kibibyte,
  replyQueueBytes: 256 * kibibyte,
};
const heldMost = limits.maxTcpFlows * (limits.receiveWindowBytes + limits.sendQueueBytes) + limits.maxReassemblyBytes;

/** What went into a stack: when, and which frame. */
export interface FuzzFrame {
  readonly ms: number;
  readonly frame: Uint8Array;
}

/** One stack among programs that send nonsense, and its invariants: what a seed brings about is always the same. */
export class StackFuzzer {
  readonly frames: FuzzFrame[] = [];
  /** What the stack is made with, for a report. */
  readonly setting: string;
  readonly #dice: Dice;
  readonly #filling: number;
  readonly #heard = createHash('sha256');
  readonly #virtioHeader: boolean;
  readonly #mtuBytes: number;
  readonly #harness: StackHarness;
  readonly #packets: ProgramPackets;
  readonly #user: FickleUser;
  readonly #honest: HonestProgram;
  /** ICMP errors heard. */
  #unreachables = 0;
  /** Of a datagram of the stack, up to the last one. */
  #fragments: Uint8Array[] = [];

  /** @param filling - the byte that is all round each frame, where nobody may look */
  constructor(seed: number, filling: number) {
    const dice = new Dice(seed);
    this.#filling = filling;
    this.#dice = dice;
    this.#virtioHeader = dice.chance(0.5);
    this.#mtuBytes = this.#virtioHeader && dice.chance(0.5) ? 65_520 : dice.pick([1280, 1500]);
    this.setting = `seed ${seed}, virtio header ${this.#virtioHeader}, MTU ${this.#mtuBytes}`;
    this.#packets = new ProgramPackets(dice);
    this.#user = new FickleUser(dice);
    this.#harness = new StackHarness({
      virtioHeader: this.#virtioHeader,
      mtuBytes: this.#mtuBytes,
      limits,
      randomU32: () => dice.below(2 ** 32),
    });
    this.#harness.onTcp = (pending) => this.#user.tcpOpened(pending);
    this.#harness.onUdp = (flow) => this.#user.udpOpened(flow);
    this.#honest = new HonestProgram((packet) => {
      this.#harness.sink.limit = Infinity;
      this.#poll();
      this.#ingest(packet, false);
      this.#poll();
    });
    this.#honest.open();
  }

  get stack(): NetStack {
    return this.#harness.stack;
  }

  /** A packet or several, something of the user's, some time; throws where an invariant doesn't hold. */
  step(): void {
    const dice = this.#dice;
    for (const packet of this.#nextPackets()) this.#ingest(packet, true);
    if (dice.chance(0.4)) this.#user.act();
    if (dice.chance(0.5)) this.#harness.nowMs += dice.pick([1, 20, 300, 2000]);
    // A device is full at times, and some batches are of several packets.
    this.#harness.sink.limit = dice.chance(0.2) ? dice.below(3) : Infinity;
    if (dice.chance(0.7)) this.#poll();
    if (dice.chance(0.05)) this.#honest.exchange();
  }

  /** Ends the stack. @returns a hash of all that it sent */
  close(): string {
    this.#honest.exchange();
    this.#user.isLeaving = true;
    this.stack.close();
    if (this.stack.heldBytes > limits.maxReassemblyBytes) throw new RangeError(`${this.stack.heldBytes} bytes held after the end`);
    return this.#heard.digest('hex');
  }

  #nextPackets(): readonly Uint8Array[] {
    const packet = this.#packets.next();
    if (this.#dice.chance(0.6)) return mutatePacket(packet, this.#dice);
    return this.#dice.chance(0.15) ? fragmentsOf(packet, this.#dice) : [packet];
  }

  #ingest(packet: Uint8Array, mayLie: boolean): void {
    const frame = this.#virtioHeader ? new Uint8Array(Buffer.concat([this.#deviceHeader(mayLie), packet])) : packet;
    this.frames.push({ ms: this.#harness.nowMs, frame });
    const surroundings = new Uint8Array(frame.length + 128).fill(this.#filling);
    surroundings.set(frame, 64);
    // Alone in its array, or the first of a larger slot.
    if (this.frames.length % 2 === 0) this.stack.ingest(surroundings.subarray(64, 64 + frame.length), this.#harness.now);
    else this.stack.ingest(surroundings.subarray(64), this.#harness.now, frame.length);
    surroundings.fill(this.#filling);
    this.#checkBounds();
  }

  #deviceHeader(mayLie: boolean): Uint8Array {
    const header = new Uint8Array(10);
    if (!mayLie || this.#dice.chance(0.5)) return header;
    if (this.#dice.chance(0.1)) return this.#dice.bytes(10);
    header[0] = this.#dice.below(4);
    header[1] = this.#dice.pick([0, 1, 3, 4, 5, 0x81]);
    header[4] = this.#dice.below(256);
    return header;
  }

  #poll(): void {
    const { harness, stack } = { harness: this.#harness, stack: this.stack };
    stack.poll(harness.now);
    for (const frame of harness.sink.take()) this.#hear(frame);
    const at = stack.pollAt();
    if (at !== undefined && at <= harness.nowMs) throw new RangeError(`poll at ${harness.nowMs} left ${at} due`);
    if (stack.hasOutput && harness.sink.limit === Infinity) throw new RangeError('output is left, and the device has room');
    this.#checkBounds();
  }

  /** A frame of the stack must be right in all. */
  #hear(frame: Uint8Array): void {
    this.#heard.update(frame);
    const prefixBytes = this.#virtioHeader ? 10 : 0;
    const isCut = this.#virtioHeader && frame[1] !== 0;
    if (frame.length > prefixBytes + (isCut ? 0xffff : this.#mtuBytes)) throw new RangeError(`a frame of ${frame.length} bytes`);
    const bytes = frame.slice(prefixBytes);
    if (this.#virtioHeader && ((frame[0] ?? 0) & 1) !== 0) completeChecksum(bytes, frame);
    const packet = isFragment(bytes) ? this.#join(bytes) : readPacket(bytes);
    if (packet) this.#checkUnreachable(packet);
    if (!packet || !this.#honest.heard(packet)) this.#packets.heard(bytes, packet);
  }

  /** Each refusal makes one at most. */
  #checkUnreachable(packet: RawPacket): void {
    if (isUnreachable(packet) && ++this.#unreachables > this.#user.unreachables) throw new RangeError('more ICMP errors than refusals');
  }

  /** The fragments of a datagram follow each other. @returns what they make, after the last one */
  #join(fragment: Uint8Array): RawPacket | undefined {
    this.#fragments.push(fragment);
    if (hasMore(fragment)) return undefined;
    const whole = joinFragments(this.#fragments);
    this.#fragments = [];
    return readPacket(whole);
  }

  #checkBounds(): void {
    const { flowCount, heldBytes } = this.stack;
    if (flowCount > limits.maxTcpFlows + limits.maxUdpFlows) throw new RangeError(`${flowCount} flows`);
    if (heldBytes > heldMost) throw new RangeError(`${heldBytes} bytes held`);
  }
}

/** Does what a device does with `VIRTIO_NET_HDR_F_NEEDS_CSUM`. */
function completeChecksum(bytes: Uint8Array, frame: Uint8Array): void {
  const start = (frame[6] ?? 0) | ((frame[7] ?? 0) << 8);
  const at = start + ((frame[8] ?? 0) | ((frame[9] ?? 0) << 8));
  const sum = slowChecksum(bytes.subarray(start));
  bytes[at] = sum >> 8;
  bytes[at + 1] = sum & 255;
}

function isUnreachable({ protocol, payload }: RawPacket): boolean {
  return (protocol === 1 && payload[0] === 3) || (protocol === 58 && payload[0] === 1);
}

function hasMore(fragment: Uint8Array): boolean {
  return (fragment[0] ?? 0) >> 4 === 4 ? ((fragment[6] ?? 0) & 0x20) !== 0 : ((fragment[43] ?? 0) & 1) !== 0;
}

function isFragment(bytes: Uint8Array): boolean {
  if ((bytes[0] ?? 0) >> 4 === 6) return bytes[6] === 44;
  return (((bytes[6] ?? 0) & 0x3f) | (bytes[7] ?? 0)) !== 0;
}
