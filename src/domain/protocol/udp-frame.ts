/**
 * Bodies of frames on the UDP subsystem (the frame's length is {@link file://./length-prefix.ts}'s), the same both ways.
 *
 *   flow (4) | family (1): 4 or 6 | address (4 or 16) | port (2) | payload      one datagram; the address is the far side's
 *   flow (4) | family (1): 0      | errno name (ASCII) or nothing               the flow ended, by an error or by wish
 *
 * A flow is opened by its first datagram and belongs to one far endpoint. The laptop chooses its number and never uses one twice on a link.
 */
import { toErrnoName, type ErrnoName } from '../errno-error.ts';
import type { Endpoint } from '../netstack/address/endpoint.ts';
import { IpAddress } from '../netstack/address/ip-address.ts';
import { emitFrame } from './length-prefix.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

const prefixBytes = 5;

/** Largest payload of a UDP datagram over IPv4 (RFC 768, RFC 791). */
export const maxUdpPayloadBytes = 65_507;

/** Longest body: an IPv6 address and the largest payload. */
export const maxUdpBodyBytes = prefixBytes + 16 + 2 + 65_535;

/** One datagram of a flow, or its end. */
export type UdpFrame =
  | { readonly kind: 'datagram'; readonly flow: number; readonly remote: Endpoint; readonly payload: Uint8Array }
  | { readonly kind: 'ended'; readonly flow: number; readonly errno?: ErrnoName | undefined };

/** Why a body is no frame of this subsystem. */
export type UdpFrameFault = 'truncated' | 'unknown-family' | 'malformed-errno';

/** The whole frame, length included. */
export function emitUdpFrame(frame: UdpFrame): Uint8Array {
  if (frame.kind === 'ended') return emitFrame(prefix(frame.flow, 0), encodeUtf8(frame.errno ?? ''));
  const { address, port } = frame.remote;
  return emitFrame(prefix(frame.flow, address.version), address.bytes, Uint8Array.of(port >> 8, port & 0xff), frame.payload);
}

/** @param body - the payload views it. @returns the frame, or why it is none. Never throws. */
export function parseUdpFrame(body: Uint8Array): UdpFrame | UdpFrameFault {
  if (body.length < prefixBytes) return 'truncated';
  const flow = new DataView(body.buffer, body.byteOffset, body.byteLength).getUint32(0);
  const family = body[4];
  if (family === 0) return parseEnd(flow, body.subarray(prefixBytes));
  if (family !== 4 && family !== 6) return 'unknown-family';
  const portAt = prefixBytes + (family === 4 ? 4 : 16);
  const address = IpAddress.fromBytes(body.subarray(prefixBytes, portAt));
  if (!address || body.length < portAt + 2) return 'truncated';
  const port = ((body[portAt] ?? 0) << 8) | (body[portAt + 1] ?? 0);
  return { kind: 'datagram', flow, remote: { address, port }, payload: body.subarray(portAt + 2) };
}

function parseEnd(flow: number, name: Uint8Array): UdpFrame | UdpFrameFault {
  const text = decodeUtf8(name);
  if (text === undefined || !/^[A-Z0-9]*$/.test(text)) return 'malformed-errno';
  return text === '' ? { kind: 'ended', flow } : { kind: 'ended', flow, errno: toErrnoName(text) };
}

function prefix(flow: number, family: number): Uint8Array {
  const bytes = new Uint8Array(prefixBytes);
  new DataView(bytes.buffer).setUint32(0, flow);
  bytes[4] = family;
  return bytes;
}
