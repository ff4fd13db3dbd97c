/** What one run of one path gave. Streams count from the first byte asked for to the last one checked at the far side. */
export interface RunFigures {
  /** From the start of the program to the first instruction of what runs through the path. */
  readonly startMs: number;
  readonly downMbitPerSecond: number;
  readonly upMbitPerSecond: number;
  /** Opened, used for one small request and closed. */
  readonly connectsPerSecond: number;
  readonly requestP50Ms: number;
  readonly requestP95Ms: number;
  readonly requestP99Ms: number;
  /** CPU seconds per 10^9 bytes, both streams together, of the path's processes on this machine; `undefined` where nobody can tell. */
  readonly cpuSecondsPerGb: number | undefined;
}
