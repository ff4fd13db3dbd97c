import type { LocalMachine } from '../../domain/backend/local-lease.ts';
import type { ByteChannel } from '../../domain/byte-channel.ts';
import type { ProgramFilesPort } from '../../domain/ports/program-files-port.ts';

/** What the backend is made of: other adapters' parts. */
export interface TorsocksParts extends LocalMachine {
  /** The user's PATH. */
  readonly searchPath: string | undefined;
  /** For its files. @returns where it is, absolute @throws HostError `STATE_UNWRITABLE` */
  readonly makeSessionFolder: (sessionId: string) => string;
  readonly programs: ProgramFilesPort;
  /** Joins an accepted connection with one that is dialled. */
  readonly relay: (accepted: ByteChannel, dial: (signal: AbortSignal) => Promise<ByteChannel>) => Promise<void>;
}
