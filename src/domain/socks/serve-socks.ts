import type { ByteChannel } from '../byte-channel.ts';
import { joinChannels } from '../channel-join.ts';
import { ErrnoError } from '../errno-error.ts';
import type { IpAddress } from '../netstack/address/ip-address.ts';
import { abortable } from '../promises.ts';
import { HeldChannel, UnreadableError } from './held-channel.ts';
import { socksReplyOf } from './socks-reply-of.ts';
import { emitMethod, emitReply, parseGreeting, parseRequest, socksReplies, type SocksRequest } from './socks-wire.ts';

/** Where a SOCKS server's connections go, and whom it asks. All reject with ErrnoError as the far side saw it. */
export interface SocksServices {
  /** @param host - an address or a name @param signal - nobody waits any more */
  dial(host: string, port: number, signal: AbortSignal): Promise<ByteChannel>;
  /** The first address of a name, IPv4 before IPv6: clients that ask so can seldom use another. */
  resolve(name: string): Promise<IpAddress>;
  /** @param address - text @returns the name that it has */
  resolvePtr(address: string): Promise<string>;
}

/** What ends one client. */
export interface SocksEnds {
  /** Aborts when the time for saying what it wants is over; one that was answered, and doesn't go, is cut then too. */
  readonly limit: AbortSignal;
  /** Its own: aborted here when it is gone, so that nobody is dialled for it any more. */
  readonly gone: { readonly signal: AbortSignal; abort(): void };
}

/**
 * Serves one client, from its greeting to the end of its connection. Whatever it sends, its channel and the one that was dialled for it are closed in the end.
 * @param channel - received in this turn
 * @returns when the client's channel is closed; never rejects
 */
export async function serveSocks(channel: ByteChannel, services: SocksServices, { limit, gone }: SocksEnds): Promise<void> {
  const client = new HeldChannel(channel, () => gone.abort());
  try {
    if (!(await abortable(client.read(parseGreeting), limit))) return await answer(client, emitMethod(false), limit);
    client.write(emitMethod(true));
    const request = await abortable(client.read(parseRequest), limit);
    if (typeof request === 'number') return await refuse(client, request, limit);
    if (request.command !== 'connect') return await answer(client, await lookUp(request, services), limit);
    const far = await dial(request, services, gone.signal);
    if (typeof far === 'number') return await refuse(client, far, limit);
    await relay(client, far);
  } catch (error) {
    client.reset({ errno: 'ECONNABORTED', message: error instanceof UnreadableError ? error.message : 'the client took too long' });
  }
}

/** @returns the whole reply */
async function lookUp({ command, host }: SocksRequest, services: SocksServices): Promise<Uint8Array> {
  try {
    const found = command === 'resolve' ? await services.resolve(host) : await services.resolvePtr(host);
    return emitReply(socksReplies.succeeded, found);
  } catch (error) {
    return emitReply(replyTo(error));
  }
}

/** @returns the channel, or the reply code that says why there is none */
async function dial({ host, port }: SocksRequest, services: SocksServices, gone: AbortSignal): Promise<ByteChannel | number> {
  try {
    const far = await services.dial(host, port, gone);
    if (!gone.aborted) return far;
    far.reset({ errno: 'ECONNABORTED', message: 'nobody waits for this connection any more' });
    return socksReplies.failure;
  } catch (error) {
    return replyTo(error);
  }
}

function replyTo(error: unknown): number {
  return error instanceof ErrnoError ? socksReplyOf(error.errno) : socksReplies.failure;
}

/** In the turn in which `far` was received. */
async function relay(client: HeldChannel, far: ByteChannel): Promise<void> {
  client.write(emitReply(socksReplies.succeeded));
  await joinChannels(client, far);
}

function refuse(client: HeldChannel, code: number, limit: AbortSignal): Promise<void> {
  return answer(client, emitReply(code), limit);
}

/** The last word: what the client still sends is read away until it goes, or its time is over. */
async function answer(client: HeldChannel, reply: Uint8Array, limit: AbortSignal): Promise<void> {
  client.write(reply);
  client.end();
  client.attach({ data: () => undefined, ended: () => undefined, drained: () => undefined, closed: () => undefined });
  await abortable(client.closed, limit);
}
