import { connect, type Socket } from 'node:net';
import { formatBenchRequest, type BenchRequest } from '../../../domain/benchmark/bench-protocol.ts';

/** Where the far end is reached. */
export interface FarEnd {
  readonly host: string;
  readonly port: number;
  /** A connection that takes longer than this, all in all, has failed. */
  readonly limitMs: number;
}

/** A connection to the far end, which breaks as a whole. */
export class FarEndConnection {
  readonly socket: Socket;
  /** Never resolves. @throws (rejects) why the connection ended */
  readonly broken: Promise<never>;

  private constructor(socket: Socket, limitMs: number) {
    this.socket = socket;
    this.broken = new Promise((_, reject) => {
      const timer = setTimeout(() => reject(new Error(`no end within ${Math.round(limitMs / 1000)} s`)), limitMs);
      socket.on('error', reject);
      socket.on('close', () => {
        clearTimeout(timer);
        reject(new Error('the connection ended early'));
      });
    });
    this.broken.catch(() => undefined); // it may break when nobody needs it any more
  }

  /** Connects, uses the connection and closes it. @throws what `use` throws; what the connection broke of */
  static async use<T>(farEnd: FarEnd, request: BenchRequest, use: (connection: FarEndConnection) => Promise<T>): Promise<T> {
    const socket = connect({ host: farEnd.host, port: farEnd.port, noDelay: true });
    const connection = new FarEndConnection(socket, farEnd.limitMs);
    try {
      await Promise.race([new Promise<void>((resolve) => socket.once('connect', resolve)), connection.broken]);
      socket.write(formatBenchRequest(request));
      return await Promise.race([use(connection), connection.broken]);
    } finally {
      socket.destroy();
    }
  }
}
