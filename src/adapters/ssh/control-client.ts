import type { ByteChannel } from '../../domain/byte-channel.ts';
import type { ToldNames } from '../../domain/dns/told-name.ts';
import { TunnelError } from '../../domain/errors.ts';
import type { PodNameServer } from '../../domain/ports/link-port.ts';
import { deferred, type Deferred } from '../../domain/promises.ts';
import {
  emitControlRequest,
  maxControlBodyBytes,
  parseControlReply,
  type ControlFault,
  type ControlReply,
  type ExecRequest,
  type LoopRequest,
  type NamesToldRequest,
  type OfficeRequest,
  type PlainRequest,
} from '../../domain/protocol/control-message.ts';
import { FrameSplitter } from '../../domain/protocol/length-prefix.ts';
import type { PodFacts } from '../../domain/protocol/pod-facts.ts';
import { protocolVersion } from '../../domain/protocol/protocol.ts';

/**
 * Agrees on the protocol version and asks the pod's facts, once, over the control channel; the channel stays open.
 * @throws (rejects) TunnelError `PROTOCOL_MISMATCH` naming both versions; `LINK_FAILED` where the agent can't tell; `LINK_LOST`
 */
export function askPodFacts(channel: ByteChannel): Promise<PodFacts> {
  return ask(channel, { type: 'facts' }, (reply) => (reply.type === 'facts' ? reply.facts : undefined));
}

/**
 * Says that the process serves, over a control channel of its own, which is closed after.
 * @throws (rejects) as {@link askPodFacts}
 */
export async function tellServing(channel: ByteChannel): Promise<void> {
  await askOnce(channel, { type: 'serving' }, doneOf);
}

/**
 * Asks for the SOCKS server of the pod, over a control channel of its own, which is closed after.
 * @returns its port on the pod's 127.0.0.1
 * @throws (rejects) as {@link askPodFacts}
 */
export function askSocksPort(channel: ByteChannel): Promise<number> {
  return askOnce(channel, { type: 'socks' }, (reply) => (reply.type === 'socks' ? reply.port : undefined));
}

/**
 * Asks for the name server of the pod, over a control channel of its own, which is closed after.
 * @throws (rejects) as {@link askPodFacts}
 */
export function askNameServer(channel: ByteChannel): Promise<PodNameServer> {
  return askOnce(channel, { type: 'names' }, (reply) => (reply.type === 'names' ? { port: reply.port, proof: reply.proof } : undefined));
}

/**
 * Lets who has the private key run commands in the pod, over a control channel of its own, which is closed after.
 * @throws (rejects) as {@link askPodFacts}
 */
export async function tellExecKey(channel: ByteChannel, key: string): Promise<void> {
  await askOnce(channel, { type: 'exec', key }, doneOf);
}

/**
 * Lets the pod's name server look whether names come back to it, over a control channel of its own, which is closed after.
 * @throws (rejects) as {@link askPodFacts}
 */
export function askDnsLoop(channel: ByteChannel, request: Omit<LoopRequest, 'type'>): Promise<boolean> {
  return askOnce(channel, { type: 'loop', ...request }, (reply) => (reply.type === 'loop' ? reply.isLoop : undefined));
}

/**
 * Tells where names that the cluster doesn't know are answered, over a control channel of its own, which is closed after.
 * @throws (rejects) as {@link askPodFacts}
 */
export async function tellOffice(channel: ByteChannel, request: Omit<OfficeRequest, 'type'>): Promise<void> {
  await askOnce(channel, { type: 'office', ...request }, doneOf);
}

/**
 * Asks which names were answered in the pod, over a control channel of its own, which is closed after.
 * @throws (rejects) as {@link askPodFacts}
 */
export function askToldNames(channel: ByteChannel, waitMs: number): Promise<ToldNames> {
  const read = (reply: ControlReply): ToldNames | undefined =>
    reply.type === 'names-told' ? { names: reply.names, dropped: reply.dropped } : undefined;
  return askOnce(channel, { type: 'names-told', waitMs }, read);
}

function doneOf(reply: ControlReply): true | undefined {
  return reply.type === 'done' ? true : undefined;
}

async function askOnce<T>(channel: ByteChannel, request: Asked, read: (reply: ControlReply) => T | undefined): Promise<T> {
  try {
    return await ask(channel, request, read);
  } finally {
    channel.end();
  }
}

type Asked = PlainRequest | ExecRequest | LoopRequest | OfficeRequest | NamesToldRequest;

/** @param read - of the reply: what was asked for, or `undefined` where it is another's */
function ask<T>(channel: ByteChannel, request: Asked, read: (reply: ControlReply) => T | undefined): Promise<T> {
  const answer = deferred<T>();
  const splitter = new FrameSplitter(maxControlBodyBytes);
  channel.attach({
    data: (chunk) => {
      const bodies = splitter.feed(chunk);
      if (bodies === 'too-long') return answer.reject(failed('the agent sent a message that is too long'));
      for (const body of bodies) settle(parseControlReply(body), read, answer);
    },
    ended: () => answer.reject(failed('the agent closed the control channel')),
    drained: () => undefined,
    closed: () =>
      answer.reject(new TunnelError({ code: 'LINK_LOST', message: 'the link was lost before the agent answered', transient: true })),
  });
  channel.write(emitControlRequest({ version: protocolVersion, id: 1, ...request }));
  return answer.promise;
}

function settle<T>(
  reply: ControlReply | ControlFault,
  read: (reply: ControlReply) => T | undefined,
  { resolve, reject }: Pick<Deferred<T>, 'resolve' | 'reject'>,
): void {
  if (reply.version !== undefined && reply.version !== protocolVersion) return reject(mismatch(reply.version));
  if ('fault' in reply)
    return reject(failed(`the agent's answer was not understood: ${reply.fault}${reply.field ? ` ${reply.field}` : ''}`));
  if (reply.type === 'error') return reject(failed(`the agent could not do it: ${reply.message}`));
  const value = read(reply);
  if (value === undefined) reject(failed(`the agent answered something else: ${reply.type}`));
  else resolve(value);
}

function mismatch(agentVersion: number): TunnelError {
  return new TunnelError({
    code: 'PROTOCOL_MISMATCH',
    message: `the agent in the pod speaks protocol version ${agentVersion}, this inpod version ${protocolVersion}`,
    hint: 'use the inpod that the agent was made with, or make the agent anew with this one: inpod manifest --agent',
    details: { agentVersion, laptopVersion: protocolVersion },
  });
}

function failed(message: string): TunnelError {
  return new TunnelError({ code: 'LINK_FAILED', message, hint: 'look at the log of the agent pod' });
}
