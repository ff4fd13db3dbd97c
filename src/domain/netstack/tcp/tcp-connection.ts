import type { Instant } from '../instant.ts';
import type { TcpStream } from '../stack-events.ts';
import type { TcpSegment } from '../wire/tcp-segment.ts';
import { emitOutput, emitReset } from './emit-output.ts';
import { timerExpired } from './retransmission.ts';
import { segmentArrives } from './segment-arrives.ts';
import { TcpControlBlock } from './tcp-control-block.ts';
import type { Progress } from './tcp-host.ts';
import { mayReceive, mayWrite } from './tcp-state.ts';

/** One connection: its state, and the user's calls on it. `segment-arrives.ts` has the theory of operation. */
export class TcpConnection extends TcpControlBlock implements TcpStream {
  write(bytes: Uint8Array, from = 0): number {
    if (!mayWrite(this.state) || this.send.finQueued) return 0;
    const count = this.send.write(bytes, from);
    if (count < bytes.length - from) this.writeBlocked = true;
    if (count > 0) this.host.wake(this);
    return count;
  }

  consumed(byteCount: number): void {
    this.receive.consumed(byteCount);
    if (mayReceive(this.state) && this.receive.wantsUpdate) this.oweAck();
  }

  end(): void {
    if (!mayWrite(this.state) || this.send.finQueued) return;
    this.send.finQueued = true;
    this.writeBlocked = false;
    this.host.wake(this);
  }

  reset(): void {
    this.abort();
  }

  emit(now: Instant): Progress {
    if (this.state !== 'CLOSED') return emitOutput(this, now);
    if (!this.resetDue) return 'idle';
    if (!emitReset(this)) return 'blocked';
    this.resetDue = false;
    this.host.forget(this);
    return 'idle';
  }

  segmentArrives(bytes: Uint8Array, segment: TcpSegment, now: Instant): void {
    segmentArrives(this, bytes, segment, now);
  }

  onTimer(now: Instant): void {
    timerExpired(this, now);
  }
}
