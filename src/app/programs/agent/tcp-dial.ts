import { connect, type Socket } from 'node:net';
import { ErrnoError, type ErrnoName } from '../../../domain/errno-error.ts';
import { errnoOfSocketCode } from '../../../domain/protocol/dial-refusal.ts';

/**
 * The one buffer that all sockets of the pod are read into, as large as what Node itself reads at once: reading is synchronous, and who gets a chunk copies what it keeps.
 * A buffer for each read would cost the agent some 30 MB of memory under load, freed too late.
 */
const sharedReadBuffer = new Uint8Array(65_536);

/** How long each address but the last of a name with several is tried (Node's own 250 ms is short for a cluster far away). */
const addressAttemptMs = 3000;

const outcomes: Partial<Record<ErrnoName, string>> = {
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timed out',
  EHOSTUNREACH: 'failed: no route to host',
  ENETUNREACH: 'failed: network unreachable',
  ECONNRESET: 'reset',
  ENOTFOUND: 'failed: unknown name',
  EAGAIN: 'failed: no answer from the name servers',
};

/** What arrives on a dialled socket. */
export interface ReadSink {
  /** Called in place of the socket's `data` event; `chunk` is valid during the call. @returns whether to go on reading; if not, until `socket.resume()` */
  read: (chunk: Uint8Array) => boolean;
}

/** A connected socket, with `allowHalfOpen`. */
export interface DialledSocket {
  readonly socket: Socket;
  /** To be set in the turn in which the socket is received. */
  readonly sink: ReadSink;
  /** Chunks are views on the one buffer that all dialled sockets share. */
  readonly sharesBuffer: boolean;
}

/**
 * Connects from the pod, with the kernel's own time-out.
 * @param signal - ends the attempt
 * @throws (rejects) ErrnoError: what the pod's kernel or resolver said
 */
export function dialTcp(host: string, port: number, signal: AbortSignal): Promise<DialledSocket> {
  const sink: ReadSink = { read: () => false };
  return new Promise<DialledSocket>((resolve, reject) => {
    // Node takes an empty host for its own loopback.
    if (host === '') throw new ErrnoError('ENOTFOUND', `connect to "":${port} failed: unknown name`);
    const socket = connect({
      host,
      port,
      allowHalfOpen: true,
      noDelay: true,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: addressAttemptMs,
      onread: { buffer: sharedReadBuffer, callback: (length, buffer) => sink.read(buffer.subarray(0, length)) },
    });
    const giveUp = (): void => void socket.destroy(new ErrnoError('ECONNABORTED', 'the link went away'));
    const fail = (error: Error): void => {
      signal.removeEventListener('abort', giveUp);
      reject(error instanceof ErrnoError ? error : dialError(error, host, port));
    };
    signal.addEventListener('abort', giveUp, { once: true });
    socket.once('error', fail);
    socket.once('connect', () => {
      signal.removeEventListener('abort', giveUp);
      socket.off('error', fail);
      resolve({ socket, sink, sharesBuffer: true });
    });
  }).catch((error: unknown) => {
    throw error instanceof ErrnoError ? error : dialError(error, host, port);
  });
}

/** Of a name with several addresses the last one's failure counts, as for a program that tries them in turn. */
function dialError(error: unknown, host: string, port: number): ErrnoError {
  const last: unknown = error instanceof AggregateError ? error.errors.at(-1) : error;
  const errno = errnoOfSocketCode(codeOf(last));
  const where = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const outcome = outcomes[errno] ?? `failed: ${last instanceof Error ? last.message : String(last)}`;
  return new ErrnoError(errno, `connect to ${where} ${outcome}`, { cause: error });
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
