import type { ErrnoName } from '../errno-error.ts';
import { socksReplies } from './socks-wire.ts';

const codes: Partial<Record<ErrnoName, number>> = {
  ECONNREFUSED: socksReplies.refused,
  EHOSTUNREACH: socksReplies.hostUnreachable,
  ENOTFOUND: socksReplies.hostUnreachable,
  ENETUNREACH: socksReplies.networkUnreachable,
  // "TTL expired" in RFC 1928; clients, torsocks among them, make ETIMEDOUT of it.
  ETIMEDOUT: socksReplies.timedOut,
  EACCES: socksReplies.notAllowed,
  EPERM: socksReplies.notAllowed,
};

/** The reply code that tells a client what became of its connection (RFC 1928 §6). */
export function socksReplyOf(errno: ErrnoName): number {
  return codes[errno] ?? socksReplies.failure;
}
