import { buildChecked, buildSegment, buildUdp, readSegment, type RawPacket } from '../raw-packet.ts';
import type { Dice } from './dice.ts';

const ends = { 4: { program: '10.0.0.2', gateway: '10.0.0.1', servers: ['192.0.2.7', '192.0.2.8'] }, 6: { program: 'fd00::2', gateway: 'fd00::1', servers: ['2001:db8::7', '2001:db8::8'] } } as const; // prettier-ignore
const flagSets = ['S', 'S', 'A', 'A', 'A', 'PA', 'PA', 'FA', 'RA', 'R', 'SA', 'F', 'SF', ''];

interface Conversation {
  readonly version: 4 | 6;
  readonly server: string;
  readonly ports: readonly [number, number];
  seq: number;
  ack: number;
  window: number;
}

/** Packets as local programs and their kernel send them, in conversations that follow what the stack answers: mostly plausible, and seldom right. */
export class ProgramPackets {
  readonly #dice: Dice;
  readonly #conversations: Conversation[];
  /** What the stack sent last, for errors to quote. */
  #quotable: Uint8Array = new Uint8Array(40);

  constructor(dice: Dice) {
    this.#dice = dice;
    this.#conversations = Array.from({ length: 8 }, (_, i) => this.#newConversation(i));
  }

  /** The next packet. */
  next(): Uint8Array {
    const conversation = this.#dice.pick(this.#conversations);
    const kind = this.#dice.below(12);
    if (kind < 7) return this.#segment(conversation);
    if (kind < 9) return this.#datagram(conversation);
    return kind === 9 ? this.#echo(conversation) : this.#error(conversation);
  }

  /** Learns from what the stack sent; `packet` is undefined for a fragment. */
  heard(bytes: Uint8Array, packet: RawPacket | undefined): void {
    this.#quotable = bytes.slice(0, 600);
    if (packet?.protocol !== 6) return;
    const segment = readSegment(packet);
    const conversation = this.#conversations.find(({ ports, server }) => ports[0] === segment.destinationPort && server === packet.source);
    if (!conversation) return;
    const length = segment.payload.length + (/[SF]/.test(segment.flags) ? 1 : 0);
    conversation.ack = (segment.seq + length) >>> 0;
    if (segment.flags.includes('A')) conversation.seq = segment.ack;
    if (segment.flags.includes('R')) conversation.seq = this.#dice.below(2 ** 32);
  }

  #newConversation(i: number): Conversation {
    const version = i % 2 === 0 ? 4 : 6;
    const ports = [4000 + i, this.#dice.pick([53, 80])] as const;
    return { version, server: this.#dice.pick(ends[version].servers), ports, seq: this.#dice.below(2 ** 32), ack: 0, window: 65_535 };
  }

  #segment(conversation: Conversation): Uint8Array {
    const dice = this.#dice;
    const { version, server, ports, ack } = conversation;
    if (dice.chance(0.1)) conversation.window = dice.pick([0, 1, 500, 65_535]);
    const flags = dice.pick(flagSets);
    const segment = {
      sourcePort: dice.chance(0.15) ? 1 + dice.below(65_000) : ports[0],
      destinationPort: ports[1],
      seq: (conversation.seq + (dice.chance(0.2) ? dice.below(3000) - 1000 : 0)) >>> 0,
      ack: (ack - (dice.chance(0.2) ? dice.below(2000) : 0)) >>> 0,
      flags,
      window: conversation.window,
      options: flags.includes('S') ? Uint8Array.of(2, 4, 5, 180, 1, 3, 3, dice.below(15)) : new Uint8Array(0),
      payload: new Uint8Array(dice.chance(0.5) ? dice.below(1200) : 0).fill(dice.below(256)),
    };
    return buildSegment(ends[version].program, server, segment);
  }

  #datagram({ version, server, ports }: Conversation): Uint8Array {
    const count = this.#dice.chance(0.05) ? this.#dice.below(20_000) : this.#dice.below(300);
    return buildUdp(ends[version].program, server, ports, new Uint8Array(count).fill(count));
  }

  #echo({ version }: Conversation): Uint8Array {
    const { program, gateway } = ends[version];
    const payload = Uint8Array.of(version === 4 ? 8 : 128, 0, 0, 0, ...this.#dice.bytes(this.#dice.below(100)));
    return buildChecked({ source: program, destination: gateway, protocol: version === 4 ? 1 : 58, payload }, 2);
  }

  #error({ version, server }: Conversation): Uint8Array {
    const code = this.#dice.pick(version === 4 ? [1, 2, 3, 4] : [1, 3, 4]);
    const payload = Uint8Array.of(version === 4 ? 3 : 1, code, 0, 0, 0, 0, 0, 0, ...this.#quotable);
    return buildChecked({ source: ends[version].program, destination: server, protocol: version === 4 ? 1 : 58, payload }, 2);
  }
}
