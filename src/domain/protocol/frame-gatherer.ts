import { concatBytes } from '../bytes.ts';

/** Frames of one turn leave as one chunk: each chunk costs an SSH packet, a record of TLS, and a pass through the API server and the node. */
export class FrameGatherer {
  readonly #write: (chunk: Uint8Array) => void;
  readonly #later: (flush: () => void) => void;
  #frames: Uint8Array[] = [];

  /** @param later - calls back when the turn is over */
  constructor(write: (chunk: Uint8Array) => void, later: (flush: () => void) => void) {
    this.#write = write;
    this.#later = later;
  }

  /** Takes ownership of `frame`. */
  add(frame: Uint8Array): void {
    this.#frames.push(frame);
    if (this.#frames.length === 1) this.#later(() => this.#flush());
  }

  #flush(): void {
    const frames = this.#frames;
    this.#frames = [];
    this.#write(concatBytes(frames));
  }
}
