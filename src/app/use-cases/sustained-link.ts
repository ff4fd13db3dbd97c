import type { ByteChannel } from '../../domain/byte-channel.ts';
import type { ToldNames } from '../../domain/dns/told-name.ts';
import { abortable, deferred } from '../../domain/promises.ts';
import { AppError, ClusterError, TunnelError } from '../../domain/errors.ts';
import type { CarrierPort } from '../../domain/ports/carrier-port.ts';
import type { ClockPort } from '../../domain/ports/clock-port.ts';
import type { ClientKeys, DatagramChannel, DialTarget, Link, LinkPort, PodNameServer, PodPortScope } from '../../domain/ports/link-port.ts';
import type { AcceptChannel, Listener } from '../../domain/ports/listener.ts';
import type { Instant } from '../../domain/netstack/instant.ts';
import type { EventSink, SessionEvent } from '../../domain/session/session-event.ts';

/** How long a lost path is dialled again, and how often. Times in milliseconds, of the monotonic clock: a sleeping laptop doesn't use them up. */
export interface RelinkTimings {
  readonly limitMs: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** A loss that is mended, or final, within this is told as what it became. */
  readonly tellAfterMs: number;
}

/** What a sustained link needs. */
export interface SustainedLinkParts {
  readonly links: LinkPort;
  readonly carrier: CarrierPort;
  readonly keys: ClientKeys;
  readonly clock: ClockPort;
  readonly timings: RelinkTimings;
  readonly events: EventSink;
}

/** A port of the pod that is listened on again with each new link. */
interface KeptListener {
  readonly scope: PodPortScope;
  readonly port: number;
  readonly accept: AcceptChannel;
  current: Listener;
}

/**
 * A link that is dialled again when its path is lost. Connections that were open break with the path (a resumable carrier will spare them); new ones wait.
 */
export class SustainedLink {
  readonly #parts: SustainedLinkParts;
  #current: Link;
  #up: Promise<Link>;
  /** Settles when the path is there, or has been away for long enough to be told of; never rejects. */
  #upOrTold: Promise<void> = Promise.resolve();
  #isAway = false;
  readonly #ended = new AbortController();
  readonly #listeners = new Set<KeptListener>();
  /** Settles with the reason when the path stayed away too long or can't come back; with `undefined` after `close`. Never rejects. */
  readonly lost: Promise<Error | undefined>;

  private constructor(parts: SustainedLinkParts, first: Link) {
    this.#parts = parts;
    this.#current = first;
    this.#up = Promise.resolve(first);
    this.lost = this.#sustain();
  }

  /** Opens the first link. @throws what `LinkPort.open` throws */
  static async open(parts: SustainedLinkParts, signal: AbortSignal): Promise<SustainedLink> {
    return new SustainedLink(parts, await parts.links.open(parts.carrier, parts.keys, signal));
  }

  get podFacts(): Link['podFacts'] {
    return this.#current.podFacts;
  }

  /** As {@link Link.dial}; waits while the path is being dialled again. */
  async dial(target: DialTarget, signal: AbortSignal): Promise<ByteChannel> {
    return this.#onLink((link) => link.dial(target, signal), signal);
  }

  /** As {@link Link.openSocks}; waits while the path is being dialled again. */
  openSocks(signal: AbortSignal): Promise<ByteChannel> {
    return this.#onLink((link) => link.openSocks(signal), signal);
  }

  /** On whichever link there is, and on the next one where it is lost. */
  async #onLink<T>(act: (link: Link) => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      const link = await abortable(this.#up, signal);
      try {
        return await act(link);
      } catch (error) {
        if (!isLoss(error) || this.#ended.signal.aborted) throw error;
        // Asked of a path that was just being lost: once it is closed, `#up` is the next one.
        await abortable(link.closed, signal);
      }
    }
  }

  /** As {@link Link.openDatagrams}; `undefined` while the path is being dialled again: a datagram may be lost. */
  openDatagrams(target: DialTarget): DatagramChannel | undefined {
    try {
      return this.#current.openDatagrams(target);
    } catch (error) {
      if (error instanceof TunnelError) return undefined;
      throw error;
    }
  }

  /**
   * As {@link Link.queryDns}. While the path is away it waits only as long as nobody is told of that; then it fails at once with `LINK_LOST`, so that the
   * laptop's resolver can be asked.
   */
  async queryDns(message: Uint8Array, transport: 'udp' | 'tcp', signal: AbortSignal): Promise<Uint8Array> {
    await abortable(this.#upOrTold, signal);
    const link = this.#current;
    try {
      return await link.queryDns(message, transport, signal);
    } catch (error) {
      if (!isLoss(error) || this.#ended.signal.aborted) throw error;
      await abortable(link.closed, signal);
      await abortable(this.#upOrTold, signal);
      if (this.#current === link) throw error;
      return this.#current.queryDns(message, transport, signal);
    }
  }

  /** This process was stopped for a while, and the path may be gone unnoticed: new connections and names wait until it has shown that it is there. */
  doubt(): void {
    if (this.#isAway) return;
    const link = this.#current;
    this.#upOrTold = link.prove();
    // Where it proved dead, a dial finds it closed and waits for the next one.
    this.#up = this.#upOrTold.then(() => link);
  }

  /** As {@link Link.allowExec}; waits while the path is being dialled again. */
  allowExec(publicKey: string, signal: AbortSignal): Promise<void> {
    return this.#onLink((link) => abortable(link.allowExec(publicKey), signal), signal);
  }

  /** As {@link Link.openNameServer}; waits while the path is being dialled again. */
  openNameServer(signal: AbortSignal): Promise<PodNameServer> {
    return this.#onLink((link) => abortable(link.openNameServer(), signal), signal);
  }

  /** As {@link Link.breakDnsLoop}; waits while the path is being dialled again. */
  breakDnsLoop(external: string, isAssumed: boolean, signal: AbortSignal): Promise<boolean> {
    return this.#onLink((link) => abortable(link.breakDnsLoop(external, isAssumed), signal), signal);
  }

  /** As {@link Link.askOffice}; waits while the path is being dialled again. */
  askOffice(port: number, laptopNames: readonly string[], signal: AbortSignal): Promise<void> {
    return this.#onLink((link) => abortable(link.askOffice(port, laptopNames), signal), signal);
  }

  /** As {@link Link.namesTold}; waits while the path is being dialled again. */
  namesTold(waitMs: number, signal: AbortSignal): Promise<ToldNames> {
    return this.#onLink((link) => abortable(link.namesTold(waitMs), signal), signal);
  }

  /** As {@link Link.announceServing}; waits while the path is being dialled again. */
  async announceServing(signal: AbortSignal): Promise<void> {
    await this.#onLink((link) => abortable(link.announceServing(), signal), signal);
  }

  /** As {@link Link.listen}, and again whenever the path is back. */
  async listen(scope: PodPortScope, port: number, accept: AcceptChannel): Promise<Listener> {
    const kept: KeptListener = { scope, port, accept, current: await this.#current.listen(scope, port, accept) };
    this.#listeners.add(kept);
    return {
      port,
      close: async () => {
        this.#listeners.delete(kept);
        await kept.current.close();
      },
    };
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await this.#current.close();
    await this.lost;
  }

  async #sustain(): Promise<Error | undefined> {
    for (;;) {
      const reason = await this.#current.closed;
      if (this.#ended.signal.aborted) return undefined;
      const failure = await this.#relink(reason ?? new TunnelError({ code: 'LINK_LOST', message: 'the agent closed the link' }));
      if (failure) return this.#ended.signal.aborted ? undefined : failure;
    }
  }

  /** @returns why there is no link any more, or `undefined` when there is one again */
  async #relink(reason: Error): Promise<Error | undefined> {
    const { clock, timings, events } = this.#parts;
    const lostAt = clock.now();
    const again = deferred<Link>();
    const upOrTold = deferred<void>();
    this.#up = again.promise;
    this.#upOrTold = upOrTold.promise;
    this.#isAway = true;
    const loss = {
      kind: 'link-lost',
      reason: reason.message,
      limitMs: timings.limitMs,
      brokenConnections: this.#current.openConnections,
    } as const;
    const known = new AbortController();
    const told = this.#tellLater(loss, known.signal);
    void told.then(() => upOrTold.resolve());
    const outcome = await this.#redial(lostAt, reason);
    known.abort();
    if (!('link' in outcome)) {
      again.reject(outcome.failure);
      return outcome.failure;
    }
    this.#current = outcome.link;
    this.#isAway = false;
    again.resolve(outcome.link);
    if (!(await told)) events(loss);
    await this.#listenAgain(outcome.link);
    events({ kind: 'link-restored', afterMs: clock.now() - lostAt, attempts: outcome.attempts });
    return undefined;
  }

  /** Looks first: of a pod that is known to be gone nobody needs to hear that it is tried again. @returns whether it was told before it was known how it went */
  async #tellLater(loss: SessionEvent, known: AbortSignal): Promise<boolean> {
    const { clock, timings, events } = this.#parts;
    try {
      await clock.sleep(timings.tellAfterMs, known);
    } catch {
      return false; // known in time
    }
    events(loss);
    return true;
  }

  async #listenAgain(link: Link): Promise<void> {
    for (const kept of this.#listeners) {
      try {
        kept.current = await link.listen(kept.scope, kept.port, kept.accept);
      } catch (error) {
        if (isLoss(error)) return; // The next link brings the next try.
        const message = `port ${kept.port} of the pod could not be bound again: ${error instanceof Error ? error.message : String(error)}`;
        this.#parts.events({ kind: 'warning', code: 'PORT_UNAVAILABLE', message });
      }
    }
  }

  async #redial(lostAt: Instant, reason: Error): Promise<{ link: Link; attempts: number } | { failure: Error }> {
    const { links, carrier, keys, clock, timings } = this.#parts;
    const signal = this.#ended.signal;
    let last = reason;
    for (let attempts = 1, pause = timings.firstPauseMs; ; attempts++, pause = Math.min(pause * 2, timings.longestPauseMs)) {
      try {
        const link = await links.open(carrier, keys, signal);
        if (!signal.aborted) return { link, attempts };
        await link.close(); // it came after our own end
      } catch (error) {
        last = error instanceof Error ? error : last;
      }
      if (signal.aborted) return { failure: last };
      if (isFinal(last)) return { failure: last };
      if (clock.now() - lostAt + pause > timings.limitMs) return { failure: linkGone(last, timings.limitMs) };
      await clock.sleep(pause, signal).catch(() => undefined);
    }
  }
}

function isLoss(error: unknown): boolean {
  return error instanceof TunnelError && error.code === 'LINK_LOST';
}

/** Errors that waiting doesn't mend. Credentials may be renewed (401), and an API server that was restarted answers 403 until it has read its roles. */
function isFinal(error: Error): boolean {
  if (error instanceof ClusterError) return error.code === 'POD_GONE' || error.code === 'NOT_FOUND';
  return error instanceof TunnelError && (error.code === 'HOST_KEY_MISMATCH' || error.code === 'PROTOCOL_MISMATCH');
}

function linkGone(last: Error, limitMs: number): TunnelError {
  return new TunnelError({
    code: 'LINK_LOST',
    message: `no link to the agent for ${Math.round(limitMs / 1000)} s; last failure: ${last.message}`,
    hint: last instanceof AppError ? last.hint : undefined,
    cause: last,
  });
}
