import type { ByteChannel, ByteSink } from '../../src/domain/byte-channel.ts';
import { patternAt, StreamCheck } from './stream-pattern.ts';

const sourceChunkBytes = 64 * 1024;

/** The far side of one connection: what is behind the OutboundNetwork in a benchmark. Nothing of it copies, waits or allocates per chunk. */
abstract class StreamEnd implements ByteChannel {
  protected sink!: ByteSink;
  #isEnded = false;

  attach(sink: ByteSink): void {
    this.sink = sink;
  }

  abstract write(chunk: Uint8Array): boolean;

  /** The program's end is answered by ours. */
  end(): void {
    this.endOurs();
  }

  reset(): void {
    this.#isEnded = true;
  }

  pause(): void {}

  resume(): void {}

  protected endOurs(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.sink.ended();
    this.sink.closed();
  }
}

/** Takes and checks all that comes. */
export class CheckingEnd extends StreamEnd {
  readonly check: StreamCheck;

  constructor(checkEvery: number) {
    super();
    this.check = new StreamCheck(checkEvery);
  }

  write(chunk: Uint8Array): boolean {
    this.check.update(chunk);
    return true;
  }
}

/** Sends the pattern as fast as it is taken, until the program ends its half. */
export class SourceEnd extends StreamEnd {
  sentBytes = 0;
  #isPaused = false;
  #isRunning = false;
  #isStopped = false;

  override attach(sink: ByteSink): void {
    super.attach(sink);
    // The stream is there once the turn of `attach` is over.
    setImmediate(() => this.#run());
  }

  write(): boolean {
    return true;
  }

  override end(): void {
    this.#isStopped = true;
    super.end();
  }

  override reset(): void {
    this.#isStopped = true;
    super.reset();
  }

  override pause(): void {
    this.#isPaused = true;
  }

  override resume(): void {
    this.#isPaused = false;
    this.#run();
  }

  #run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (!this.#isPaused && !this.#isStopped) {
      this.sink.data(patternAt(this.sentBytes, sourceChunkBytes));
      this.sentBytes += sourceChunkBytes;
    }
    this.#isRunning = false;
  }
}

/** Sends back what comes. */
export class EchoEnd extends StreamEnd {
  write(chunk: Uint8Array): boolean {
    this.sink.data(chunk);
    return true;
  }
}

/** Takes nothing and sends nothing, but what it is told to. */
export class QuietEnd extends StreamEnd {
  /** Resolves with what the program sends first. */
  readonly heard: Promise<Uint8Array>;
  #settle!: (chunk: Uint8Array) => void;

  constructor() {
    super();
    this.heard = new Promise((resolve) => (this.#settle = resolve));
  }

  write(chunk: Uint8Array): boolean {
    this.#settle(chunk);
    return true;
  }

  say(chunk: Uint8Array): void {
    this.sink.data(chunk);
  }

  /** Ends our half, and with it what waits for it. */
  finish(): void {
    this.endOurs();
  }
}
