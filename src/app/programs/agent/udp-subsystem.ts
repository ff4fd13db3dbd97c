import { createSocket, type Socket } from 'node:dgram';
import { errnoOfSocketCode } from '../../../domain/protocol/dial-refusal.ts';
import type { ErrnoName } from '../../../domain/errno-error.ts';
import type { Endpoint } from '../../../domain/netstack/address/endpoint.ts';
import { defaultStackLimits } from '../../../domain/netstack/stack-limits.ts';
import type { ChannelStream } from '../../../domain/protocol/channel-stream.ts';
import { FrameSplitter } from '../../../domain/protocol/length-prefix.ts';
import { emitUdpFrame, maxUdpBodyBytes, parseUdpFrame } from '../../../domain/protocol/udp-frame.ts';

/** Limits of the flows of one client. */
export interface UdpLimits {
  /** A flow beyond these is answered EMFILE. */
  readonly maxFlows: number;
  /** A flow without datagrams either way for so long is dropped; its next datagram opens it anew, from another port. */
  readonly idleMs: number;
}

/** As many flows as a laptop's stack has, which closes the idlest for one more: 4 KiB each here, and as much in the kernel. */
const defaultLimits: UdpLimits = { maxFlows: defaultStackLimits.maxUdpFlows, idleMs: 300_000 };

interface Flow {
  readonly socket: Socket;
  readonly remote: Endpoint;
  /** Datagrams that came before the socket was connected; `undefined` after. */
  waiting: Uint8Array[] | undefined;
  idle: NodeJS.Timeout;
}

const maxWaitingDatagrams = 64;

/** Carries datagrams of the client's flows, each by a connected socket of its own, until `stream` ends. */
export function serveUdp(stream: ChannelStream, limits: UdpLimits = defaultLimits): void {
  const flows = new UdpFlows(stream, limits);
  const splitter = new FrameSplitter(maxUdpBodyBytes);
  const fail = (message: string): void => stream.reset({ errno: 'EPIPE', message });
  stream.attach({
    data: (chunk) => {
      const bodies = splitter.feed(chunk);
      if (bodies === 'too-long') return fail('a datagram frame was longer than allowed');
      for (const body of bodies) flows.receive(body);
    },
    ended: () => stream.end(),
    drained: () => flows.drained(),
    closed: () => flows.close(),
  });
}

class UdpFlows {
  readonly #stream: ChannelStream;
  readonly #limits: UdpLimits;
  readonly #flows = new Map<number, Flow>();
  #hasRoom = true;

  constructor(stream: ChannelStream, limits: UdpLimits) {
    this.#stream = stream;
    this.#limits = limits;
  }

  /** One frame from the laptop; what is malformed is dropped, as a datagram may be. */
  receive(body: Uint8Array): void {
    const frame = parseUdpFrame(body);
    if (typeof frame === 'string') return;
    if (frame.kind === 'ended') return this.#drop(frame.flow);
    const flow = this.#flows.get(frame.flow) ?? this.#open(frame.flow, frame.remote);
    if (!flow) return this.#end(frame.flow, 'EMFILE');
    flow.idle.refresh();
    if (!flow.waiting) flow.socket.send(frame.payload, (error) => error && this.#fail(frame.flow, flow, error));
    else if (flow.waiting.length < maxWaitingDatagrams) flow.waiting.push(frame.payload);
  }

  drained(): void {
    this.#hasRoom = true;
  }

  close(): void {
    for (const number of this.#flows.keys()) this.#drop(number);
  }

  #open(number: number, remote: Endpoint): Flow | undefined {
    if (this.#flows.size >= this.#limits.maxFlows) return undefined;
    const socket = createSocket(remote.address.version === 4 ? 'udp4' : 'udp6');
    const idle = setTimeout(() => this.#drop(number), this.#limits.idleMs);
    const flow: Flow = { socket, remote, waiting: [], idle };
    this.#flows.set(number, flow);
    socket.on('error', (error) => this.#fail(number, flow, error));
    socket.on('message', (payload) => this.#deliver(number, flow, payload));
    // Port 0 is no destination; Node throws for it where the kernel would refuse.
    if (remote.port === 0) process.nextTick(() => this.#fail(number, flow, Object.assign(new Error('port 0'), { code: 'ECONNREFUSED' })));
    else socket.connect(remote.port, remote.address.toString(), ((error?: Error) => this.#connected(number, flow, error)) as () => void);
    return flow;
  }

  #connected(number: number, flow: Flow, error: Error | undefined): void {
    if (this.#flows.get(number) !== flow) return;
    if (error) return this.#fail(number, flow, error);
    const waiting = flow.waiting ?? [];
    flow.waiting = undefined;
    for (const payload of waiting) flow.socket.send(payload, (failure) => failure && this.#fail(number, flow, failure));
  }

  /** Drops where the path is full, as a router would, rather than hold datagrams that grow old. */
  #deliver(number: number, flow: Flow, payload: Uint8Array): void {
    flow.idle.refresh();
    if (!this.#hasRoom) return;
    this.#hasRoom = this.#stream.write(emitUdpFrame({ kind: 'datagram', flow: number, remote: flow.remote, payload }));
  }

  #fail(number: number, flow: Flow, error: NodeJS.ErrnoException): void {
    // A datagram that is too long for the path is lost; the flow is not.
    if (this.#flows.get(number) !== flow || error.code === 'EMSGSIZE') return;
    this.#drop(number);
    this.#end(number, errnoOfSocketCode(error.code));
  }

  #end(number: number, errno: ErrnoName): void {
    this.#hasRoom = this.#stream.write(emitUdpFrame({ kind: 'ended', flow: number, errno }));
  }

  #drop(number: number): void {
    const flow = this.#flows.get(number);
    if (!flow) return;
    this.#flows.delete(number);
    clearTimeout(flow.idle);
    flow.socket.close();
  }
}
