import type { ByteChannel } from '../../domain/byte-channel.ts';
import { FrameSplitter } from '../../domain/protocol/length-prefix.ts';

/** What a subsystem's channel tells, frame by frame. */
export interface FrameReader {
  /** For messages: `DNS`. */
  readonly subject: string;
  readonly maxBodyBytes: number;
  /** @returns what is wrong with the body, where that is to end the channel */
  readonly onBody: (body: Uint8Array) => string | undefined;
  readonly onDrained?: () => void;
  /** The agent ended the channel, or it is gone. Perhaps more than once. */
  readonly onClosed: () => void;
}

/** Attaches to `channel`, so call it in the turn in which the channel was received. A frame that is too long or malformed resets it. */
export function readFrames(channel: ByteChannel, { subject, maxBodyBytes, onBody, onDrained, onClosed }: FrameReader): void {
  const splitter = new FrameSplitter(maxBodyBytes);
  const refuse = (why: string): void => channel.reset({ errno: 'EPIPE', message: `a ${subject} frame was ${why}` });
  channel.attach({
    data: (chunk) => {
      const bodies = splitter.feed(chunk);
      if (bodies === 'too-long') return refuse('longer than allowed');
      for (const body of bodies) {
        const fault = onBody(body);
        if (fault !== undefined) return refuse(`malformed: ${fault}`);
      }
    },
    ended: onClosed,
    drained: () => onDrained?.(),
    closed: onClosed,
  });
}
