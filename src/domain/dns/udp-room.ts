import { parseRecords } from './resource-records.ts';
import { u16 } from './dns-message-walk.ts';

const optType = 41;
const plainBytes = 512;

/** How long a message may be that answers `query` by UDP: what its OPT record says, 512 at least (RFC 1035 §4.2.1, RFC 6891 §6.2.3). */
export function udpRoom(query: Uint8Array): number {
  const opt = parseRecords(query).records.find(({ section, type }) => section === 'additional' && type === optType);
  return Math.max(plainBytes, opt ? u16(query, opt.ttlOffset - 2) : 0);
}
