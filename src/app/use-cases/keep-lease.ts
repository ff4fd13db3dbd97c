import { AppError } from '../../domain/errors.ts';
import type { ClockPort } from '../../domain/ports/clock-port.ts';
import type { SessionLeases } from '../../domain/ports/cluster/session-leases.ts';
import type { EventSink } from '../../domain/session/session-event.ts';

/** What renewing needs. */
export interface LeaseRenewal {
  readonly cluster: Pick<SessionLeases, 'renewLease'>;
  readonly clock: ClockPort;
  readonly events: EventSink;
  readonly name: string;
  readonly everyMs: number;
}

/**
 * Renews a Lease until stopped. A failure is told once per kind, not at each try: the link says more of an API that is away,
 * but credentials that ended show here first.
 */
export function keepLease(renewal: LeaseRenewal): { start(): void; stop(): void } {
  const stopped = new AbortController();
  return { start: () => void renewUntil(renewal, stopped.signal), stop: () => stopped.abort() };
}

async function renewUntil({ cluster, clock, events, name, everyMs }: LeaseRenewal, stopped: AbortSignal): Promise<void> {
  let told: string | undefined;
  for (;;) {
    await clock.sleep(everyMs, stopped).catch(() => undefined);
    if (stopped.aborted) return;
    try {
      await cluster.renewLease(name, stopped);
      told = undefined;
    } catch (error) {
      if (stopped.aborted) return;
      if (!(error instanceof AppError)) throw error;
      if (told !== error.code && error.code !== 'API_UNREACHABLE') {
        events({
          kind: 'warning',
          code: error.code,
          message: `the session's Lease could not be renewed: ${error.message}`,
          hint: error.hint,
        });
      }
      told = error.code;
    }
  }
}
