import type { TunnelChild } from '../../domain/ports/tunnel-port.ts';
import { atMost } from './at-most.ts';
import type { SessionParts } from './session-parts.ts';

/** Whose end, and how long it may take. */
export interface ChildEnding {
  readonly parts: Pick<SessionParts, 'clock' | 'events'>;
  readonly child: TunnelChild;
  readonly limitMs: number;
}

const sigterm = 15;
const sigcont = 18;

/**
 * Asks a child to end where its session can't go on, as a pod's process is asked: SIGTERM, and some time. SIGKILL is the tunnel's, when that is closed.
 * Resolves when the child has ended or its time is over; never rejects.
 */
export async function endChild({ parts, child, limitMs }: ChildEnding, reason: Error): Promise<void> {
  const { clock, events } = parts;
  events({ kind: 'child-ending', reason: reason.message, limitMs });
  child.signal(sigterm);
  child.signal(sigcont); // where it is stopped
  const told = child.exited.then(
    (exit) => events({ kind: 'child-exited', exit }),
    () => undefined, // its supervisor died, and it with that
  );
  await atMost(clock, limitMs, told);
}
