import type { PendingTcp, TcpStream, UdpFlow } from '../../../../src/domain/netstack/stack-events.ts';
import type { Dice } from './dice.ts';
import { honestServer } from './honest-program.ts';

const reasons = ['refused', 'host-unreachable', 'net-unreachable', 'prohibited', 'timed-out'] as const;

/** The stack's user: answers the honest program by echo, and does with all others whatever comes to its mind. Throws where it is told what it must not be told. */
export class FickleUser {
  /** From now on the honest connection may end. */
  isLeaving = false;
  readonly #dice: Dice;
  readonly #pendings: PendingTcp[] = [];
  readonly #streams: TcpStream[] = [];
  readonly #flows: UdpFlow[] = [];

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  tcpOpened(pending: PendingTcp): void {
    if (String(pending.destination.address) === honestServer) return this.#echo(pending);
    let isOver = false;
    pending.onAbandoned = () => {
      if (isOver) throw new RangeError('abandoned twice');
      isOver = true;
    };
    if (this.#dice.chance(0.5)) this.#answer(pending);
    else this.#pendings.push(pending);
  }

  udpOpened(flow: UdpFlow): void {
    const isHonest = String(flow.destination.address) === honestServer;
    let isOver = false;
    flow.onDatagram = (payload) => {
      if (isOver) throw new RangeError('a datagram after the end of its flow');
      if (isHonest) flow.send(payload);
      else if (this.#dice.chance(0.3)) this.#useFlow(flow);
    };
    flow.onClosed = () => {
      if (isOver) throw new RangeError('a flow ended twice');
      isOver = true;
    };
    if (!isHonest) this.#flows.push(flow);
  }

  /** Something that no packet brings about. */
  act(): void {
    const dice = this.#dice;
    const kind = dice.below(3);
    if (kind === 0 && this.#pendings.length > 0) this.#answer(this.#pendings.splice(dice.below(this.#pendings.length), 1)[0] as PendingTcp);
    if (kind === 1 && this.#streams.length > 0) this.#useStream(dice.pick(this.#streams.slice(-20)));
    if (kind === 2 && this.#flows.length > 0) this.#useFlow(dice.pick(this.#flows.slice(-10)));
  }

  #answer(pending: PendingTcp): void {
    if (this.#dice.chance(0.3)) return pending.refuse(this.#dice.pick(reasons));
    let isOver = false;
    const alive = () => {
      if (isOver) throw new RangeError('told something after its end');
    };
    let unconsumed = 0;
    const stream = pending.accept({
      data: (bytes) => {
        alive();
        unconsumed += bytes.length;
        if (!this.#dice.chance(0.6)) return;
        stream?.consumed(unconsumed);
        unconsumed = 0;
      },
      ended: alive,
      writable: alive,
      closed: () => {
        alive();
        isOver = true;
      },
    });
    if (stream) this.#streams.push(stream);
  }

  #useStream(stream: TcpStream): void {
    const kind = this.#dice.below(12);
    if (kind < 7) stream.write(new Uint8Array(this.#dice.below(3000)));
    else if (kind < 9) stream.consumed(this.#dice.below(4000));
    else if (kind < 11) stream.end();
    else stream.reset();
  }

  #useFlow(flow: UdpFlow): void {
    const kind = this.#dice.below(10);
    if (kind < 8) flow.send(new Uint8Array(this.#dice.chance(0.04) ? this.#dice.below(70_000) : this.#dice.below(500)));
    else if (kind === 8) flow.refuse(this.#dice.pick(reasons));
    else flow.close();
  }

  #echo(pending: PendingTcp): void {
    const stream = pending.accept({
      data: (bytes) => {
        stream?.write(bytes);
        stream?.consumed(bytes.length);
      },
      ended: () => undefined,
      writable: () => undefined,
      closed: (failure) => {
        if (failure && !this.isLeaving) throw new RangeError(`the honest connection ended: ${failure}`);
      },
    });
  }
}
