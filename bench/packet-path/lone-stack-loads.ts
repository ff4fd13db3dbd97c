import { LoneStack, type DeviceKind } from './lone-stack.ts';
import { patternAt } from './stream-pattern.ts';

const batchFrames = 32;
/** Of 64 KiB: more would not fit the window before it is opened by a poll. */
const largeBatchFrames = 8;
/** What a source writes at once. */
const chunkBytes = 65_536;
/** How many frames the program's kernel acknowledges at once: every other one, or each that offload made of many. */
const framesPerAck = { plain: 2, offload: 1 };

/** Something that a stack is kept busy with, in steady state. Makes no objects of its own: numbers too stay within 32 bits, beyond which each is one. */
export interface Load {
  /** Moves `count` packets or a few more, those that it asks the stack for. @returns how many of its own kind went in or out */
  run(count: number): number;
}

/** One stream of the program's, in segments of 64 KiB. Throws where not all of it is delivered. */
export function uploadLoad(): Load {
  const lone = new LoneStack('offload');
  let delivered = 0;
  lone.handler = { ...lone.handler, data: (_, start, end) => void (delivered = (delivered + end - start) | 0) };
  const ack = lone.connect();
  const frame = lone.data(0, patternAt(0, lone.payloadBytes), ack);
  const first = 1001;
  let offset = 0;
  const send = () => {
    lone.setSequence(frame, (first + offset) | 0);
    lone.ingest(frame);
    offset = (offset + lone.payloadBytes) | 0;
    lone.stream?.consumed(lone.payloadBytes);
  };
  // The window of a SYN-ACK isn't scaled: the ACK of this one opens it.
  send();
  lone.poll();
  return {
    run(count) {
      for (let i = 0; i < count; i++) {
        send();
        if (i % largeBatchFrames === largeBatchFrames - 1) lone.poll();
      }
      lone.poll();
      if (delivered !== offset) throw new Error(`the packet core delivered ${delivered} bytes of ${offset}`);
      return count;
    },
  };
}

/** One stream to the program; `emitted` sees the payload. It is the pattern's first 64 KiB again and again, so that nothing is made for it. */
export function downloadLoad(kind: DeviceKind, emitted: (bytes: Uint8Array, from: number, end: number) => void): Load {
  const lone = new LoneStack(kind);
  const chunk = patternAt(0, chunkBytes);
  let sent = 0;
  const write = () => {
    while (true) {
      const taken = lone.stream?.write(chunk, sent) ?? 0;
      sent += taken;
      if (sent < chunkBytes) return;
      sent = 0;
    }
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
