import { ErrnoError, errnoNames, toErrnoName, type ErrnoName } from '../errno-error.ts';

/**
 * The description of a refused `direct-tcpip` channel (RFC 4254 §5.1): an errno name, a space, a text.
 * `ECONNREFUSED connect to 10.1.2.3:80 refused`
 */
export function formatDialRefusal(error: ErrnoError): string {
  return `${error.errno} ${error.message}`;
}

/** What the description says; one that names no errno is `EIO` with the whole text. Never throws. */
export function parseDialRefusal(description: string): ErrnoError {
  const [first = '', ...rest] = description.split(' ');
  if (!(errnoNames as readonly string[]).includes(first)) return new ErrnoError('EIO', description || 'refused without a reason');
  return new ErrnoError(toErrnoName(first), rest.join(' ') || first);
}

const resolverErrnos: ReadonlyMap<string, ErrnoName> = new Map([
  ['ENOTFOUND', 'ENOTFOUND'],
  ['EAI_NONAME', 'ENOTFOUND'],
  ['EAI_NODATA', 'ENOTFOUND'],
  ['EAI_AGAIN', 'EAGAIN'],
  ['EAI_FAIL', 'EAGAIN'],
]);

/**
 * The errno name for a code that the platform's sockets or resolver gave (`error.code` of Node).
 * Resolver codes become `ENOTFOUND` (no such name) and `EAGAIN` (no answer); what the protocol has no name for is `EIO`.
 */
export function errnoOfSocketCode(code: string | undefined): ErrnoName {
  return resolverErrnos.get(code ?? '') ?? toErrnoName(code);
}
