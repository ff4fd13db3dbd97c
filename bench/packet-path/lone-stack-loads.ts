import { LoneStack, type DeviceKind } from './lone-stack.ts';
import { patternAt } from './stream-pattern.ts';

const batchFrames = 32;
/** How many frames the program's kernel acknowledges at once: every other one, or each that offload made of many. */
const framesPerAck = { plain: 2, offload: 1 };

/** Something that a stack is kept busy with, in steady state. */
export interface Load {
  /** Moves `count` packets or a few more, those that it asks the stack for. @returns how many of its own kind went in or out */
  run(count: number): number;
}

/** One stream of the program's, in segments that the device takes at most; `data` sees the payload. Offload only: the checksum isn't kept right. */
export function uploadLoad(data: (bytes: Uint8Array) => void): Load {
  const lone = new LoneStack('offload');
  lone.handler = { ...lone.handler, data };
  const ack = lone.connect();
  const frame = lone.data(0, patternAt(0, lone.payloadBytes), ack);
  const first = 1001;
  let offset = 0;
  return {
    run(count) {
      for (let i = 0; i < count; i++) {
        lone.setSequence(frame, (first + offset) | 0);
        lone.ingest(frame);
        offset += lone.payloadBytes;
        lone.stream?.consumed(lone.payloadBytes);
        if (i % batchFrames === batchFrames - 1) lone.poll();
      }
      lone.poll();
      return count;
    },
  };
}

/** One stream to the program; `emitted` sees the payload. */
export function downloadLoad(kind: DeviceKind, emitted: (bytes: Uint8Array, from: number, end: number) => void): Load {
  const lone = new LoneStack(kind);
  let written = 0;
  const write = () => {
    for (let taken = 65_536; taken === 65_536; written += taken) taken = lone.stream?.write(patternAt(written, 65_536)) ?? 0;
  };
  lone.handler = { ...lone.handler, writable: write };
  const ack = lone.connect();
  write();
  const every = framesPerAck[kind];
  const acks = new Int32Array(batchFrames);
  return {
    run(count) {
      let done = 0;
      while (done < count) {
        lone.poll();
        const frames = lone.sink.count;
        for (let i = 0; i < frames; i++) {
          const end = lone.sink.lengths[i] as number;
          emitted(lone.sink.slots[i] as Uint8Array, lone.payloadAt, end);
          acks[i] = (lone.sequenceOf(i) + end - lone.payloadAt) | 0;
        }
        for (let i = every - 1; i < frames; i += every) acknowledge(lone, ack, acks[i] as number);
        if (frames > 0 && frames % every !== 0) acknowledge(lone, ack, acks[frames - 1] as number);
        done += frames;
      }
      return done;
    },
  };
}

function acknowledge(lone: LoneStack, frame: Uint8Array, ack: number): void {
  lone.setAck(frame, ack);
  lone.ingest(frame);
}

/** Datagrams of the program's. */
export function datagramsUpLoad(): Load {
  const lone = new LoneStack('offload');
  const frame = lone.datagram(new Uint8Array(64));
  return {
    run(count) {
      for (let i = 0; i < count; i++) {
        lone.ingest(frame);
        if (i % batchFrames === batchFrames - 1) lone.poll();
      }
      return count;
    },
  };
}

/** Datagrams to the program. */
export function datagramsDownLoad(): Load {
  const lone = new LoneStack('offload');
  const payload = new Uint8Array(64);
  lone.ingest(lone.datagram(payload));
  return {
    run(count) {
      for (let i = 0; i < count; i++) {
        lone.flow?.send(payload);
        if (i % batchFrames === batchFrames - 1) lone.poll();
      }
      return count;
    },
  };
}
