/**
 * Bodies of frames on the DNS subsystem (the frame's length is {@link file://./length-prefix.ts}'s).
 *
 *   laptop to agent:  request id (4) | transport (1): 0 UDP, 1 TCP  | DNS message
 *   agent to laptop:  request id (4) | outcome (1): 0 answer        | DNS message
 *                     request id (4) | outcome (1): 1 failure       | code, a space, a text (UTF-8)
 */
import type { ResolverCode } from '../errors.ts';
import { emitFrame } from './length-prefix.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

const headerBytes = 5;

/** Longest body: a DNS message over TCP has at most 65,535 bytes (RFC 1035 §4.2.2). */
export const maxDnsBodyBytes = headerBytes + 65_535;

/** What the laptop asks. */
export interface DnsQueryFrame {
  /** 0 to 2^32 - 1, chosen by the laptop, unique among its unanswered requests. */
  readonly requestId: number;
  readonly transport: 'udp' | 'tcp';
  readonly message: Uint8Array;
}

/** What the agent answers: a message unchanged, or why there is none. */
export type DnsReplyFrame =
  | { readonly requestId: number; readonly message: Uint8Array; readonly failure?: undefined }
  | { readonly requestId: number; readonly message?: undefined; readonly failure: DnsFailure };

/** Why there is no answer. */
export interface DnsFailure {
  readonly code: ResolverCode;
  readonly text: string;
}

/** Why a body is no frame of this subsystem. */
export type DnsFrameFault = 'truncated' | 'unknown-transport' | 'unknown-outcome' | 'unknown-code';

/** The whole frame, length included. */
export function emitDnsQuery(frame: DnsQueryFrame): Uint8Array {
  return emitFrame(header(frame.requestId, frame.transport === 'tcp' ? 1 : 0), frame.message);
}

/** @param body - the result views it. @returns the query, or why it is none. Never throws. */
export function parseDnsQuery(body: Uint8Array): DnsQueryFrame | DnsFrameFault {
  if (body.length < headerBytes) return 'truncated';
  const transport = (['udp', 'tcp'] as const)[body[4] ?? 0];
  if (!transport) return 'unknown-transport';
  return { requestId: readRequestId(body), transport, message: body.subarray(headerBytes) };
}

/** The whole frame, length included. */
export function emitDnsReply(frame: DnsReplyFrame): Uint8Array {
  if (frame.message) return emitFrame(header(frame.requestId, 0), frame.message);
  return emitFrame(header(frame.requestId, 1), encodeUtf8(`${frame.failure.code} ${frame.failure.text}`));
}

/** @param body - the result views it. @returns the reply, or why it is none. Never throws. */
export function parseDnsReply(body: Uint8Array): DnsReplyFrame | DnsFrameFault {
  if (body.length < headerBytes) return 'truncated';
  const requestId = readRequestId(body);
  const rest = body.subarray(headerBytes);
  if (body[4] === 0) return { requestId, message: rest };
  if (body[4] !== 1) return 'unknown-outcome';
  const [code, ...words] = (decodeUtf8(rest) ?? '').split(' ');
  if (code !== 'DNS_TIMEOUT' && code !== 'DNS_FAILED') return 'unknown-code';
  return { requestId, failure: { code, text: words.join(' ') } };
}

function header(requestId: number, kind: number): Uint8Array {
  const bytes = new Uint8Array(headerBytes);
  new DataView(bytes.buffer).setUint32(0, requestId);
  bytes[4] = kind;
  return bytes;
}

function readRequestId(body: Uint8Array): number {
  return new DataView(body.buffer, body.byteOffset, body.byteLength).getUint32(0);
}
