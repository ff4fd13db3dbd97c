import { parseSynOptions, type SynOptions } from '../wire/tcp-options.ts';
import { tcpHeaderBytes, type TcpSegment } from '../wire/tcp-segment.ts';

/** What a peer's SYN said, kept until the answer. */
export interface SynFacts {
  /** IRS, the SYN's own sequence number. */
  readonly seq: number;
  /** Bytes: a SYN's window is never scaled. */
  readonly windowBytes: number;
  readonly options: SynOptions;
}

/** Stands for the peer's SYN until it arrives. */
export const unknownSyn: SynFacts = { seq: 0, windowBytes: 0, options: { mss: undefined, windowShift: undefined, sackPermitted: false } };

/** Below this a peer's MSS is taken as this: a tiny one would only multiply segments. */
const leastMss = 64;

export function readSyn(bytes: Uint8Array, segment: TcpSegment): SynFacts {
  return { seq: segment.seq, windowBytes: segment.window, options: parseSynOptions(bytes, segment.optionsAt, segment.payloadAt) };
}

/** The largest payload that fits the MTU: what we announce as MSS. */
export function localMss(version: 4 | 6, mtuBytes: number): number {
  return mtuBytes - ipTcpHeaderBytes(version);
}

/** The largest payload of a segment that the peer takes. @see RFC 9293 §3.7.1 for the defaults */
export function effectiveMss(version: 4 | 6, mtuBytes: number, options: SynOptions): number {
  const announced = options.mss ?? (version === 4 ? 536 : 1220);
  return Math.min(localMss(version, mtuBytes), Math.max(leastMss, announced));
}

/** The largest payload that is emitted in one frame: with offload as many whole segments as fit an IP packet. */
export function framePayloadLimit(version: 4 | 6, mss: number, offload: boolean): number {
  const most = 0xffff - ipTcpHeaderBytes(version);
  return offload && mss <= most ? Math.floor(most / mss) * mss : mss;
}

/** The smallest shift with which a window of `windowBytes` can be announced, 14 at most (RFC 7323 §2.3). */
export function windowShiftFor(windowBytes: number): number {
  let shift = 0;
  while (shift < 14 && 0xffff << shift < windowBytes) shift++;
  return shift;
}

function ipTcpHeaderBytes(version: 4 | 6): number {
  return (version === 4 ? 20 : 40) + tcpHeaderBytes;
}
