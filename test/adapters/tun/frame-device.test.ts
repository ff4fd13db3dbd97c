import { describe, expect, it } from 'vitest';
import { FrameBatch } from '../../../src/adapters/tun/frame-batch.ts';
import { NativeFrameDevice } from '../../../src/adapters/tun/frame-device.ts';
import type { NativeLibrary } from '../../../src/adapters/tun/native-library.ts';
import { copyByView } from '../../../src/domain/netstack/buffer/copy-bytes.ts';

/** A device whose kernel answers each write as `results` say, and how many frames it refused. */
function makeDevice(results: number[]) {
  const refused = { count: 0 };
  const fail = (): never => {
    throw new Error('not asked for here');
  };
  const native: NativeLibrary = {
    openControlPair: fail,
    receive: fail,
    send: fail,
    readFrames: () => results.shift() ?? 0,
    writeFrames: () => results.shift() ?? 0,
    copyBytes: copyByView,
    openDoorbell: fail,
    closeDescriptor: () => undefined,
  };
  const doorbell = { watch: () => ({ arm: () => undefined, close: () => undefined }), close: () => undefined };
  return { refused, device: new NativeFrameDevice(native, doorbell, 3, () => refused.count++) };
}

describe('a TUN that', () => {
  it.each([
    ['takes all', 5, 5, 0],
    ['has no room', -11, 0, 0],
    ['has no room in its queue', -105, 0, 0],
    ['has no memory now', -12, 0, 0],
    ['takes the first for nonsense, which is passed over', -22, 1, 1],
  ])('%s', (_name, result, done, refusedCount) => {
    const { device, refused } = makeDevice([result]);
    expect([device.write(new FrameBatch(5, 64), 5, 0), refused.count]).toEqual([done, refusedCount]);
  });

  it.each([
    ['reading', 'read' as const],
    ['writing', 'write' as const],
  ])('fails at %s is lost', (_name, step) => {
    const { device } = makeDevice([-5]);
    const batch = new FrameBatch(5, 64);
    expect(() => (step === 'read' ? device.read(batch) : device.write(batch, 5, 0))).toThrow(
      expect.objectContaining({ code: 'TUNNEL_LOST' }),
    );
  });
});
