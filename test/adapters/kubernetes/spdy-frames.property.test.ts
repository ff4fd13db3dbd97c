import { createInflate, constants } from 'node:zlib';
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { dataFrame, pingFrame, type SpdyFrame, SpdyReader, synStreamFrame } from '../../../src/adapters/kubernetes/spdy-frames.ts';

/** Frames read from `bytes` in pieces of those lengths (again and again), parts of one data frame joined. */
function framesOf(bytes: Uint8Array, pieceLengths: readonly number[] = [bytes.length]): unknown[] {
  const reader = new SpdyReader();
  const frames: (Exclude<SpdyFrame, { kind: 'data' }> | { kind: 'data'; streamId: number; hex: string })[] = [];
  const take = (frame: SpdyFrame): void => {
    const last = frames.at(-1);
    if (frame.kind !== 'data') frames.push(frame);
    else if (last?.kind === 'data' && last.streamId === frame.streamId) last.hex += Buffer.from(frame.bytes).toString('hex');
    else frames.push({ kind: 'data', streamId: frame.streamId, hex: Buffer.from(frame.bytes).toString('hex') });
  };
  for (let [offset, i] = [0, 0]; offset < bytes.length; i++) {
    const length = Math.max(1, pieceLengths[i % pieceLengths.length] ?? 1);
    reader.read(bytes.subarray(offset, offset + length), take);
    offset += length;
  }
  return frames;
}

const streamId = fc.integer({ min: 1, max: 0x7fffffff });
const anyFrame = fc.oneof(
  fc.tuple(streamId, fc.uint8Array({ maxLength: 40 }), fc.boolean()).map(([id, bytes, isLast]) => dataFrame(id, bytes, isLast)),
  fc.integer({ min: 0, max: 0xffffffff }).map(pingFrame),
  streamId.map((id) => synStreamFrame(id, { port: '80' }, true)),
);

describe('SPDY frames', () => {
  test.prop([fc.array(anyFrame), fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 })])(
    'say the same however they are cut',
    (frames, pieceLengths) => {
      const bytes = Buffer.concat(frames);
      expect(framesOf(bytes, pieceLengths)).toEqual(framesOf(bytes));
    },
  );

  test.prop([fc.uint8Array({ maxLength: 200 })])('never make the reader throw', (bytes) => {
    expect(framesOf(bytes, [7]).length).toBeLessThanOrEqual(2 * bytes.length);
  });

  test.prop([streamId, fc.uint8Array({ minLength: 1, maxLength: 100 })])('carry data, and an end after it', (id, bytes) => {
    const hex = Buffer.from(bytes).toString('hex');
    expect(framesOf(dataFrame(id, bytes, false))).toEqual([{ kind: 'data', streamId: id, hex }]);
    expect(framesOf(dataFrame(id, bytes, true))).toEqual([
      { kind: 'data', streamId: id, hex },
      { kind: 'fin', streamId: id },
    ]);
  });

  it.each([
    ['RST_STREAM', '80030003 00000008 00000003 00000005', [{ kind: 'reset', streamId: 3, status: 5 }]],
    ['PING', '80030006 00000004 00000002', [{ kind: 'ping', streamId: undefined, id: 2 }]],
    ['SYN_REPLY', '80030002 00000006 00000003 0000', []],
    ['GOAWAY', '80030007 00000008 00000003 00000000', []],
    ['an empty control frame, then an end', '80030004 00000000 00000003 01000000', [{ kind: 'fin', streamId: 3 }]],
  ])('are read: %s', (_name, hex, expected) => {
    expect(framesOf(Buffer.from(hex.replaceAll(' ', ''), 'hex'))).toEqual(expected);
  });

  it('open streams with headers that one zlib stream carries', async () => {
    const [first, second] = [synStreamFrame(1, { streamtype: 'error' }, true), synStreamFrame(3, { streamtype: 'data' }, false)];
    const inflated = await new Promise<string>((resolve) => {
      const inflate = createInflate({ finishFlush: constants.Z_SYNC_FLUSH });
      let text = '';
      inflate.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
      inflate.on('end', () => resolve(text));
      inflate.write(first.subarray(18));
      inflate.end(second.subarray(18));
    });
    expect(inflated).toBe('\0\0\0\u0001\0\0\0\u000astreamtype\0\0\0\u0005error\0\0\0\u0001\0\0\0\u000astreamtype\0\0\0\u0004data');
    expect(Buffer.from(second.subarray(0, 18)).toString('hex')).toBe(
      `80030001${(second.length - 8).toString(16).padStart(8, '0')}000000030000000000 00`.replaceAll(' ', ''),
    );
  });
});
