import type { ToldNames } from '../../../domain/dns/told-name.ts';
import type { ChannelStream } from '../../../domain/protocol/channel-stream.ts';
import {
  emitControlReply,
  maxControlBodyBytes,
  parseControlRequest,
  type ControlFault,
  type ControlReply,
  type ControlRequest,
} from '../../../domain/protocol/control-message.ts';
import { FrameSplitter } from '../../../domain/protocol/length-prefix.ts';
import type { PodFacts } from '../../../domain/protocol/pod-facts.ts';
import { protocolVersion } from '../../../domain/protocol/protocol.ts';

/** What the laptop may ask for. */
export interface ControlDuties {
  readonly readFacts: () => Promise<PodFacts>;
  /** Lets the pod's readiness probe succeed. */
  readonly becomeReady: () => Promise<void>;
  /** Listens for SOCKS clients, if it doesn't yet. @returns the port on the pod's loopback */
  readonly openSocks: () => Promise<number>;
  /** Listens for DNS clients, if it doesn't yet. */
  readonly openNames: () => Promise<{ readonly port: number; readonly proof: string }>;
  /** As `NameServer.breakLoop`. */
  readonly breakLoop: (external: string, isAssumed: boolean) => Promise<boolean>;
  /** As `NameServer.askOffice`. */
  readonly askOffice: (port: number, laptopNames: readonly string[]) => void;
  /** Which names were answered, as soon as there are any. @param waitMs - then at the latest */
  readonly takeTold: (waitMs: number) => Promise<ToldNames>;
  /** @throws where it is no public key */
  readonly allowExec: (key: string) => void;
}

/** Answers control requests on `stream` until it ends; a frame that is too long resets it. */
export function serveControl(stream: ChannelStream, duties: ControlDuties): void {
  const splitter = new FrameSplitter(maxControlBodyBytes);
  stream.attach({
    data: (chunk) => {
      const bodies = splitter.feed(chunk);
      if (bodies === 'too-long') stream.reset({ errno: 'EPIPE', message: 'a control message was longer than allowed' });
      else for (const body of bodies) void answer(body, duties).then((reply) => stream.write(encode(reply)));
    },
    ended: () => stream.end(),
    drained: () => undefined,
    closed: () => undefined,
  });
}

async function answer(body: Uint8Array, duties: ControlDuties): Promise<ControlReply> {
  const request = parseControlRequest(body);
  if (request.version !== undefined && request.version !== protocolVersion) {
    const message = `the agent speaks protocol version ${protocolVersion}, the laptop ${request.version}`;
    return errorReply(request.id, 'PROTOCOL_MISMATCH', message);
  }
  if ('fault' in request) return errorReply(request.id, 'BAD_REQUEST', describeFault(request));
  try {
    return await perform(request, duties);
  } catch (error) {
    return errorReply(request.id, 'FAILED', error instanceof Error ? error.message : String(error));
  }
}

async function perform(request: ControlRequest, duties: ControlDuties): Promise<ControlReply> {
  const { id, type } = request;
  const head = { version: protocolVersion, id };
  if (type === 'facts') return { ...head, type, facts: await duties.readFacts() };
  if (type === 'socks') return { ...head, type, port: await duties.openSocks() };
  if (type === 'names') return { ...head, type, ...(await duties.openNames()) };
  if (type === 'loop') return { ...head, type, isLoop: await duties.breakLoop(request.external, request.isAssumed) };
  if (type === 'names-told') return { ...head, type, ...(await duties.takeTold(request.waitMs)) };
  if (type === 'exec') duties.allowExec(request.key);
  else if (type === 'office') duties.askOffice(request.port, request.laptopNames);
  else await duties.becomeReady();
  return { ...head, type: 'done' };
}

/** A reply that the laptop would refuse for its length says so itself. */
function encode(reply: ControlReply): Uint8Array {
  const frame = emitControlReply(reply);
  if (frame.length <= maxControlBodyBytes) return frame;
  return emitControlReply(errorReply(reply.id, 'FAILED', `the pod's facts are longer than ${maxControlBodyBytes} bytes`));
}

function errorReply(id: number | undefined, code: 'PROTOCOL_MISMATCH' | 'BAD_REQUEST' | 'FAILED', message: string): ControlReply {
  return { version: protocolVersion, id: id ?? 0, type: 'error', code, message };
}

function describeFault(fault: ControlFault): string {
  return `request not understood: ${fault.fault}`;
}
