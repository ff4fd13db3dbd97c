import { fc, test } from '@fast-check/vitest';
import { describe, expect } from 'vitest';
import { dataFrames, PortForwardReader } from '../../../src/adapters/kubernetes/port-forward-frames.ts';

describe('port-forward frames', () => {
  test.prop([fc.integer({ min: 0, max: 300_000 }), fc.integer({ min: 0, max: 255 })])(
    'carry a chunk whole, in pieces of at most 64 KiB',
    (length, byte) => {
      const chunk = Buffer.alloc(length, byte);
      const frames = [...dataFrames(chunk)];
      for (const frame of frames) {
        expect(frame[0]).toBe(0);
        expect(frame.length).toBeLessThanOrEqual(65_537);
      }
      expect(Buffer.concat(frames.map((frame) => frame.subarray(1))).equals(chunk)).toBe(true);
    },
  );

  test.prop([fc.array(fc.uint8Array({ maxLength: 20 }))])('are read whatever their bytes, without what precedes the payload', (frames) => {
    const reader = new PortForwardReader();
    const seen = new Set<number>();
    for (const frame of frames) {
      const channel = frame[0] ?? -1;
      const skipped = seen.has(channel) ? 1 : 3;
      const message = reader.read(frame);
      if (channel > 1 || channel < 0) expect(message).toBeUndefined();
      else {
        seen.add(channel);
        expect([...(message?.payload ?? [])]).toEqual([...frame.subarray(skipped)]);
      }
    }
  });
});
