/** What `timeoutMs` is clamped to. */
const floorMs = 200;
const ceilingMs = 60_000;
const initialMs = 1000;
/** After a handshake that took more than one try: (5.7). */
const unsampledMs = 3000;

/**
 * Smoothed round-trip time and the retransmission timeout derived from it.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6298#section-2 | RFC 6298 §2}
 * Deviations: the RFC's floor is 1 s; 200 ms is Linux's, and the path here is this machine's memory. An acknowledgement of something new ends a back-off even without a sample:
 * after a time-out with a thousand segments in flight the RFC's next sample would be a thousand segments away, at a minute for each further loss (decision 15).
 */
export class RttEstimator {
  #hasSample = false;
  #smoothedMs = 0;
  #variationMs = 0;
  /** As long as there is no sample. */
  #guessMs = initialMs;
  #timeoutMs = initialMs;

  /** The current timeout, backed off where nothing was acknowledged since: whole milliseconds, 200 to 60000. */
  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  /** @param sampleMs - one round trip, 0 or more; never of a retransmitted segment (Karn, §3) */
  sample(sampleMs: number): void {
    if (!this.#hasSample) {
      this.#hasSample = true;
      this.#smoothedMs = sampleMs;
      this.#variationMs = sampleMs / 2;
    } else {
      // (2.3): variation first, it uses the old mean.
      this.#variationMs += (Math.abs(this.#smoothedMs - sampleMs) - this.#variationMs) / 4;
      this.#smoothedMs += (sampleMs - this.#smoothedMs) / 8;
    }
    this.#timeoutMs = this.#computed();
  }

  /** Doubles the timeout (5.5). */
  backOff(): void {
    this.#timeoutMs = Math.min(ceilingMs, this.#timeoutMs * 2);
  }

  /** Ends a back-off: the peer did what was waited for, though without a sample. */
  recover(): void {
    this.#timeoutMs = this.#hasSample ? this.#computed() : this.#guessMs;
  }

  /** The handshake is done; where it took more than one try there is no sample, and the path may be slower than the first guess. */
  handshakeDone(): void {
    if (!this.#hasSample) this.#timeoutMs = this.#guessMs = unsampledMs;
  }

  #computed(): number {
    return Math.min(ceilingMs, Math.max(floorMs, Math.ceil(this.#smoothedMs + 4 * this.#variationMs)));
  }
}
