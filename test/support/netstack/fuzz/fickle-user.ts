import type { PendingTcp, RefusalReason, TcpStream, UdpFlow } from '../../../../src/domain/netstack/stack-events.ts';
import type { Dice } from './dice.ts';
import { FickleFlow } from './fickle-flow.ts';
import { honestServer } from './honest-program.ts';

const reasons = ['refused', 'host-unreachable', 'net-unreachable', 'prohibited', 'timed-out'] as const;

/** An open that waits for its answer, and whether the program gave it up. */
interface PendingOpening {
  readonly pending: PendingTcp;
  readonly isOver: () => boolean;
}

/** The stack's user: answers the honest program by echo, and does with all others whatever comes to its mind. Throws where it is told what it must not be told. */
export class FickleUser {
  /** From now on the honest connection may end. */
  isLeaving = false;
  /** ICMP errors that its refusals bring about; one that finds no room is dropped. */
  unreachables = 0;
  readonly #dice: Dice;
  readonly #pendings: PendingOpening[] = [];
  readonly #streams: TcpStream[] = [];
  readonly #flows: FickleFlow[] = [];

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
    if (this.#dice.chance(0.5)) this.#answer({ pending, isOver: () => isOver });
    else this.#pendings.push({ pending, isOver: () => isOver });
  }

  udpOpened(flow: UdpFlow): void {
    if (String(flow.destination.address) === honestServer)
      flow.onDatagram = (bytes, start, end) => void flow.send(bytes.subarray(start, end));
    else this.#flows.push(new FickleFlow(flow, this.#dice, (reason) => this.#noteUnreachable(reason)));
  }

  /** Something that no packet brings about. */
  act(): void {
    const dice = this.#dice;
    const kind = dice.below(3);
    if (kind === 0 && this.#pendings.length > 0)
      this.#answer(this.#pendings.splice(dice.below(this.#pendings.length), 1)[0] as PendingOpening);
    if (kind === 1 && this.#streams.length > 0) this.#useStream(dice.pick(this.#streams.slice(-20)));
    if (kind === 2 && this.#flows.length > 0) dice.pick(this.#flows.slice(-10)).use();
  }

  #answer({ pending, isOver: isAbandoned }: PendingOpening): void {
    if (this.#dice.chance(0.3)) {
      const reason = this.#dice.pick(reasons);
      // Of a connection RST says `refused`.
      if (!isAbandoned() && reason !== 'refused') this.#noteUnreachable(reason);
      return pending.refuse(reason);
    }
    let isOver = false;
    const alive = () => {
      if (isOver) throw new RangeError('told something after its end');
    };
    let unconsumed = 0;
    const stream = pending.accept({
      data: (_, start, end) => {
        alive();
        unconsumed += end - start;
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

  #noteUnreachable(reason: RefusalReason): void {
    if (reason !== 'timed-out') this.unreachables++;
  }

  #echo(pending: PendingTcp): void {
    const stream = pending.accept({
      data: (bytes, start, end) => {
        stream?.write(bytes.subarray(start, end));
        stream?.consumed(end - start);
      },
      ended: () => undefined,
      writable: () => undefined,
      closed: (failure) => {
        if (failure && !this.isLeaving) throw new RangeError(`the honest connection ended: ${failure}`);
      },
    });
  }
}
