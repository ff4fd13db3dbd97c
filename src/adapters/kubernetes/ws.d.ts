/** The part of ws 8 that this folder uses: the package brings no types of its own. */
declare module 'ws' {
  import type { EventEmitter } from 'node:events';
  import type { Duplex } from 'node:stream';
  import type { Agent, ClientRequest, IncomingMessage, OutgoingHttpHeaders } from 'node:http';

  export interface ClientOptions {
    agent?: Agent;
    auth?: string | undefined;
    headers?: OutgoingHttpHeaders;
    handshakeTimeout?: number;
    maxPayload?: number;
    perMessageDeflate?: boolean;
    /** Fills the 4 bytes of a frame's masking key. */
    generateMask?: (mask: Buffer) => void;
  }

  export class WebSocket extends EventEmitter {
    constructor(address: string, protocols: readonly string[], options: ClientOptions);
    /** Bytes accepted by `send` that the socket hasn't taken yet. */
    readonly bufferedAmount: number;
    readonly isPaused: boolean;
    readonly readyState: 0 | 1 | 2 | 3;
    send(data: Uint8Array, options: { binary: boolean }, sent: (error?: Error) => void): void;
    close(code?: number): void;
    terminate(): void;
    pause(): void;
    resume(): void;
    on(event: 'open', listener: () => void): this;
    on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): this;
    on(event: 'close', listener: (code: number, reason: Buffer) => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
    on(event: 'unexpected-response', listener: (request: ClientRequest, response: IncomingMessage) => void): this;
  }

  /** The server's side, for tests. */
  export class WebSocketServer extends EventEmitter {
    constructor(options: { noServer: true; handleProtocols: (protocols: Set<string>) => string | false });
    handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, accepted: (client: WebSocket) => void): void;
  }
}
