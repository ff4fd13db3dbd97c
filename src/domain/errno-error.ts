/** The POSIX error names that cross the link: a program must see the one that the far side saw. */
export const errnoNames = [
  'ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL',
  'EADDRINUSE', 'EACCES', 'EPERM', 'ENOTFOUND', 'EAGAIN', 'ENOENT', 'EMFILE', 'EIO',
] as const; // prettier-ignore

/** `ENOTFOUND` and `EAGAIN` stand for the resolver's "unknown name" and "no answer" (EAI_NONAME, EAI_AGAIN). */
export type ErrnoName = (typeof errnoNames)[number];

/** A refused or failed connection attempt, with the errno name that the far side saw. An expected outcome, not a fault of the session. */
export class ErrnoError extends Error {
  override readonly name = 'ErrnoError';
  readonly errno: ErrnoName;

  constructor(errno: ErrnoName, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.errno = errno;
  }
}

/** The errno name that `text` is, or `EIO` for one that has no place in the protocol. */
export function toErrnoName(text: string | undefined): ErrnoName {
  return (errnoNames as readonly string[]).includes(text ?? '') ? (text as ErrnoName) : 'EIO';
}
