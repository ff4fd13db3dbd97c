import type { RefusalReason, UdpFlow } from '../../../../src/domain/netstack/stack-events.ts';
import type { Dice } from './dice.ts';

/** A UDP flow in the hands of a user who goes on using it after its end, by whomever. Throws where the flow then does anything. */
export class FickleFlow {
  readonly #flow: UdpFlow;
  readonly #dice: Dice;
  readonly #refused: (reason: RefusalReason) => void;
  #isOver = false;

  /** @param refused - called for each refusal that the flow is to take */
  constructor(flow: UdpFlow, dice: Dice, refused: (reason: RefusalReason) => void) {
    this.#flow = flow;
    this.#dice = dice;
    this.#refused = refused;
    flow.onDatagram = () => {
      if (this.#isOver) throw new RangeError('a datagram after the end of its flow');
      if (dice.chance(0.3)) this.use();
    };
    flow.onClosed = () => {
      if (this.#isOver) throw new RangeError('a flow ended twice');
      this.#isOver = true;
    };
  }

  use(): void {
    const kind = this.#dice.below(10);
    if (kind < 8) this.#send(new Uint8Array(this.#dice.chance(0.04) ? this.#dice.below(70_000) : this.#dice.below(500)));
    else if (kind === 8) this.#refuse(this.#dice.pick(['refused', 'host-unreachable', 'net-unreachable', 'prohibited', 'timed-out']));
    else this.#close();
  }

  #send(payload: Uint8Array): void {
    const taken = this.#flow.send(payload);
    if (taken && this.#isOver) throw new RangeError('a flow took a datagram after its end');
  }

  #refuse(reason: RefusalReason): void {
    if (!this.#isOver) this.#refused(reason);
    this.#isOver = true;
    this.#flow.refuse(reason);
  }

  #close(): void {
    this.#isOver = true;
    this.#flow.close();
  }
}
