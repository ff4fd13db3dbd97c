import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChannelProbe, digestOf, pseudoRandomPieces } from '../support/link-channel-probe.ts';

/** What a kind of channel must provide to be tested. */
export interface ByteChannelHarness {
  /** Half-close passes through; where not, those tests don't run. */
  readonly halfClose: boolean;
  setUp(): Promise<void>;
  /** Both ends of a new connection, each attached in the turn in which it was received. @param keep - whether bytes are kept, by default they are */
  connect(keep?: boolean): Promise<{ readonly near: ChannelProbe; readonly far: ChannelProbe }>;
  tearDown(): Promise<void>;
}

const reset = { errno: 'ECONNRESET', message: 'test' } as const;
const piece = (): Uint8Array => Buffer.alloc(65_536, 7);
const MiB = 1_048_576;

/** What every {@link ByteChannel} keeps, whatever carries it. */
export function describeByteChannel(name: string, harness: ByteChannelHarness): void {
  describe(`${name} as a ByteChannel`, () => {
    beforeAll(() => harness.setUp());
    afterAll(() => harness.tearDown());

    it('carries bytes both ways and ends cleanly', async () => {
      const { near, far } = await harness.connect();
      near.channel.write(Buffer.from('ping'));
      await far.received(4);
      far.channel.write(Buffer.from('pong'));
      await near.received(4);
      near.channel.end();
      far.channel.end();
      expect(await near.closed).toBeUndefined();
      expect(await far.closed).toBeUndefined();
      expect([near.text, far.text]).toEqual(['pong', 'ping']);
    });

    it.runIf(harness.halfClose)('lets the far side answer after the near side ended', async () => {
      const { near, far } = await harness.connect();
      near.channel.write(Buffer.from('question'));
      near.channel.end();
      await far.ended;
      expect(far.text).toBe('question');
      await far.writeAll(pseudoRandomPieces(3 * MiB, 65_536, 1));
      far.channel.end();
      expect(await near.closed).toBeUndefined();
      expect(near.receivedBytes).toBe(3 * MiB);
      expect(near.log).toEqual(['data', 'ended', 'closed']);
    });

    it.runIf(harness.halfClose)('lets the near side go on after the far side ended', async () => {
      const { near, far } = await harness.connect();
      far.channel.end();
      await near.ended;
      await near.writeAll(pseudoRandomPieces(3 * MiB, 65_536, 2));
      near.channel.end();
      near.channel.end();
      expect(await far.closed).toBeUndefined();
      expect(far.receivedBytes).toBe(3 * MiB);
      expect(await near.closed).toBeUndefined();
    });

    it('tells a reset by the near side from an end', async () => {
      const { near, far } = await harness.connect();
      near.channel.write(Buffer.from('x'));
      await far.received(1);
      near.channel.reset(reset);
      near.channel.reset(reset);
      expect(await near.closed).toMatchObject({ errno: 'ECONNRESET' });
      expect(await far.closed).toMatchObject({ errno: 'ECONNRESET' });
      expect(far.log).not.toContain('ended');
    });

    it('tells a reset by the far side from an end', async () => {
      const { near, far } = await harness.connect();
      far.channel.write(Buffer.from('x'));
      await near.received(1);
      far.channel.reset(reset);
      expect(await near.closed).toMatchObject({ errno: 'ECONNRESET' });
      expect(near.log).not.toContain('ended');
      expect(near.log.filter((entry) => entry.startsWith('closed'))).toHaveLength(1);
    });

    it.runIf(harness.halfClose)('carries a reset after a half-close, from either side', async () => {
      const one = await harness.connect();
      one.near.channel.end();
      await one.far.ended;
      one.near.channel.reset(reset);
      // A reader that has seen the end of stream may notice a reset only when it writes.
      const writing = setInterval(() => one.far.channel.write(Buffer.from('x')), 5);
      expect((await one.far.closed)?.errno).toMatch(/^(ECONNRESET|EPIPE)$/);
      clearInterval(writing);
      const two = await harness.connect();
      two.near.channel.end();
      await two.far.ended;
      two.far.channel.reset(reset);
      expect(await two.near.closed).toMatchObject({ errno: 'ECONNRESET' });
    });

    it.each(['near', 'far'] as const)('makes the writer wait for a slow %s reader, and loses nothing', async (side) => {
      const pair = await harness.connect();
      const [reader, writer] = side === 'near' ? [pair.near, pair.far] : [pair.far, pair.near];
      reader.pause();
      let written = 0;
      for (let silent = 0; silent < 3;) {
        const before = written;
        written += writer.fill(piece, 64 * MiB);
        silent = (await Promise.race([writer.drainedAgain(), idle(150)])) === 'idle' && written - before < MiB ? silent + 1 : 0;
      }
      expect(written).toBeLessThan(32 * MiB);
      expect(reader.lateChunks).toBe(0);
      reader.resume();
      await reader.received(written);
      writer.channel.end();
      reader.channel.end();
      expect(await reader.closed).toBeUndefined();
      expect(reader.receivedBytes).toBe(written);
    });

    it('carries 64 MiB each way at once, unchanged', async () => {
      const { near, far } = await harness.connect(false);
      const up = pseudoRandomPieces(64 * MiB, 65_536, 3);
      const down = pseudoRandomPieces(64 * MiB, 32_768, 4);
      await Promise.all([near.writeAll(up).then(() => near.channel.end()), far.writeAll(down).then(() => far.channel.end())]);
      await Promise.all([near.closed, far.closed]);
      expect(near.digest()).toBe(digestOf(pseudoRandomPieces(64 * MiB, 32_768, 4)));
      expect(far.digest()).toBe(digestOf(pseudoRandomPieces(64 * MiB, 65_536, 3)));
    }, 60_000);

    it('keeps 200 connections apart, and a reset of one ends that one alone', async () => {
      const pairs = await Promise.all(Array.from({ length: 200 }, () => harness.connect()));
      pairs.forEach(({ near }, i) => near.channel.write(Buffer.from(`number ${i}`.padEnd(16))));
      await Promise.all(pairs.map(({ far }) => far.received(16)));
      pairs.forEach(({ near }, i) => i % 10 === 0 && near.channel.reset(reset));
      const failures = await Promise.all(
        pairs.map(async ({ near, far }, i) => {
          if (i % 10 === 0) return (await far.closed)?.errno;
          far.channel.write(Buffer.from(far.text));
          far.channel.end();
          near.channel.end();
          const failure = await near.closed;
          expect(near.text).toBe(`number ${i}`.padEnd(16));
          return failure?.errno;
        }),
      );
      expect(failures).toEqual(pairs.map((_, i) => (i % 10 === 0 ? 'ECONNRESET' : undefined)));
    }, 30_000);
  });
}

function idle(ms: number): Promise<'idle'> {
  return new Promise((resolve) => setTimeout(() => resolve('idle'), ms));
}
