import { setMaxListeners } from 'node:events';
import type { ByteChannel } from '../../domain/byte-channel.ts';
import { ResolverError, TunnelError } from '../../domain/errors.ts';
import { deferred, type Deferred } from '../../domain/promises.ts';
import { emitDnsQuery, maxDnsBodyBytes, parseDnsReply } from '../../domain/protocol/dns-frame.ts';
import { FrameGatherer } from '../../domain/protocol/frame-gatherer.ts';
import { readFrames } from './framed-reader.ts';

/** Questions without an answer yet; a program that asks faster than the pod's servers answer is told so. */
const maxUnanswered = 4096;

/** The laptop's end of the DNS channel: many questions at once, answered in any order. */
export class DnsClient {
  readonly #queries: FrameGatherer;
  readonly #unanswered = new Map<number, Deferred<Uint8Array>>();
  #lastRequestId = 0;
  #isClosed = false;

  /** Attaches to `channel`, so call it in the turn in which the channel was received. */
  constructor(channel: ByteChannel) {
    this.#queries = new FrameGatherer(
      (chunk) => void (this.#isClosed || channel.write(chunk)),
      (flush) => process.nextTick(flush),
    );
    readFrames(channel, {
      subject: 'DNS',
      maxBodyBytes: maxDnsBodyBytes,
      onBody: (body) => this.#receive(body),
      onClosed: () => this.#close(),
    });
  }

  /** @throws (rejects) ResolverError `DNS_TIMEOUT`, `DNS_FAILED`; TunnelError `LINK_LOST`; the signal's reason */
  async query(message: Uint8Array, transport: 'udp' | 'tcp', signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted();
    if (this.#isClosed) throw linkLost();
    if (this.#unanswered.size >= maxUnanswered)
      throw new ResolverError({ code: 'DNS_FAILED', message: `more than ${maxUnanswered} questions without an answer` });
    this.#lastRequestId = (this.#lastRequestId + 1) >>> 0;
    const requestId = this.#lastRequestId;
    const answer = deferred<Uint8Array>();
    const abandon = (): void => answer.reject(signal.reason);
    setMaxListeners(0, signal); // Many questions may share one signal; Node would warn of a leak.
    signal.addEventListener('abort', abandon, { once: true });
    this.#unanswered.set(requestId, answer);
    this.#queries.add(emitDnsQuery({ requestId, transport, message }));
    try {
      return await answer.promise;
    } finally {
      signal.removeEventListener('abort', abandon);
      this.#unanswered.delete(requestId);
    }
  }

  /** @returns what is wrong with it */
  #receive(body: Uint8Array): string | undefined {
    const reply = parseDnsReply(body);
    if (typeof reply === 'string') return reply;
    const answer = this.#unanswered.get(reply.requestId);
    if (reply.message) answer?.resolve(reply.message);
    else answer?.reject(new ResolverError({ code: reply.failure.code, message: reply.failure.text }));
    return undefined;
  }

  #close(): void {
    this.#isClosed = true;
    for (const answer of this.#unanswered.values()) answer.reject(linkLost());
  }
}

function linkLost(): TunnelError {
  return new TunnelError({ code: 'LINK_LOST', message: 'the link to the agent was lost', transient: true });
}
