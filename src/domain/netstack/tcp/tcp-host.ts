import type { CopyBytes } from '../buffer/copy-bytes.ts';
import type { FlowEntry } from '../flow-table.ts';
import type { FrameWriter, OutgoingSegment } from '../frame-writer.ts';
import type { Instant } from '../instant.ts';
import type { StackCounters } from '../stack-counters.ts';
import type { FrameSink } from '../stack-events.ts';
import type { StackLimits } from '../stack-limits.ts';
import type { TimerQueue } from '../timer-queue.ts';
import type { TcpSegment } from '../wire/tcp-segment.ts';
import type { Worker } from '../work-queue.ts';

/** What became of a turn to emit: nothing left; more, but others first; the sink is full. */
export type Progress = 'idle' | 'again' | 'blocked';

/** A flow of the TCP layer: a connection, or an open that waits for its answer. */
export interface TcpFlow extends FlowEntry, Worker {
  /** Emits what is due into the host's sink. Never calls back into the stream's user. */
  emit(now: Instant): Progress;
  /** A segment of this flow; its payload is in `bytes`. */
  segmentArrives(bytes: Uint8Array, segment: TcpSegment, now: Instant): void;
}

/** What a connection asks of the stack around it. */
export interface TcpHost {
  readonly writer: FrameWriter;
  readonly sink: FrameSink;
  /** The segment that is being emitted: one for all. */
  readonly outgoing: OutgoingSegment;
  readonly counters: StackCounters;
  readonly timers: TimerQueue;
  readonly limits: StackLimits;
  readonly mtuBytes: number;
  /** Whether segments larger than the peer's MSS may be emitted. */
  readonly offload: boolean;
  readonly randomU32: () => number;
  readonly copyBytes: CopyBytes;
  /** `flow` has output. */
  wake(flow: TcpFlow): void;
  /** `flow` is over: its key is free. */
  forget(flow: TcpFlow): void;
  /** `successor` takes the place of `flow`. */
  replace(flow: TcpFlow, successor: TcpFlow): void;
  /** `flow` is in TIME-WAIT. */
  linger(flow: TcpFlow): void;
  /** RST for `segment`, which belongs to no connection or acknowledges what was never sent. */
  replyReset(segment: TcpSegment): void;
}
