import { encodeUtf8 } from '../protocol/utf8.ts';
import { skipName } from './dns-message-walk.ts';

const headerBytes = 12;
const longestName = 255;

/**
 * `query` with its name below `domain`: all else, EDNS too, as it was.
 * @param domain - labels of ASCII, without a last dot
 * @returns `undefined` where that is no name: a label or the whole is too long
 */
export function extendedQuery(query: Uint8Array, domain: string): Uint8Array | undefined {
  const root = skipName(query, headerBytes) - 1;
  const labels = domain.split('.').map(encodeUtf8);
  const suffix = labels.flatMap((label) => [label.length, ...label]);
  if (labels.some(({ length }) => length === 0 || length > 63) || root + suffix.length + 1 - headerBytes > longestName) return undefined;
  return Uint8Array.from([...query.subarray(0, root), ...suffix, ...query.subarray(root)]);
}
