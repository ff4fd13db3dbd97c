import { connect, type Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { dataFrame, pingFrame, SpdyReader } from '../../src/adapters/kubernetes/spdy-frames.ts';

const errorStream = 1;
const dataStream = 3;

/** What a kubelet does with a port-forward by SPDY: joins the data stream with a connection to `port`, and says on the error stream why that failed. */
export function joinWithPort(webSocket: WebSocket, port: number): void {
  new SpdyKubelet(webSocket, connect({ port, host: '127.0.0.1', allowHalfOpen: true })).start();
}

class SpdyKubelet {
  readonly #webSocket: WebSocket;
  readonly #socket: Socket;
  readonly #reader = new SpdyReader();

  constructor(webSocket: WebSocket, socket: Socket) {
    this.#webSocket = webSocket;
    this.#socket = socket;
  }

  start(): void {
    const [webSocket, socket] = [this.#webSocket, this.#socket];
    webSocket.on('message', (message) => this.#read(message as Buffer));
    webSocket.on('close', (code) => (code === 1000 ? socket.destroy() : socket.resetAndDestroy()));
    webSocket.on('error', () => undefined);
    this.#send(pingFrame(2));
    socket.on('data', (chunk) => {
      if (webSocket.bufferedAmount > 1_048_576) socket.pause();
      webSocket.send(dataFrame(dataStream, chunk, false), { binary: true }, () => socket.resume());
    });
    socket.on('end', () => this.#send(dataFrame(dataStream, new Uint8Array(), true)));
    socket.on('error', (error) => this.#fail(`error forwarding port: ${error.message}`));
    socket.on('drain', () => webSocket.resume());
  }

  #read(message: Buffer): void {
    this.#reader.read(message, (frame) => {
      if (frame.streamId !== dataStream) return;
      if (frame.kind === 'data' && !this.#socket.write(frame.bytes)) this.#webSocket.pause();
      if (frame.kind === 'fin') this.#socket.end();
    });
  }

  #fail(text: string): void {
    this.#send(dataFrame(errorStream, Buffer.from(text), true));
  }

  #send(message: Uint8Array): void {
    this.#webSocket.send(message, { binary: true }, () => undefined);
  }
}
