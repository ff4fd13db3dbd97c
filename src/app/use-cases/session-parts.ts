import type { AgentKeysPort } from '../../domain/ports/agent-keys-port.ts';
import type { ClockPort } from '../../domain/ports/clock-port.ts';
import type { ClusterPort } from '../../domain/ports/cluster/cluster-port.ts';
import type { HostNetworkPort } from '../../domain/ports/host-network-port.ts';
import type { JournalPort, SessionJournal } from '../../domain/ports/journal-port.ts';
import type { LinkPort } from '../../domain/ports/link-port.ts';
import type { ProcessPort } from '../../domain/ports/process-port.ts';
import type { ResolverPort } from '../../domain/ports/resolver-port.ts';
import type { TunnelPort } from '../../domain/ports/tunnel-port.ts';
import type { LeaseStack } from '../../domain/session/lease-stack.ts';
import type { EventSink, HeldThing, SessionStep } from '../../domain/session/session-event.ts';
import type { SessionTraffic } from '../../domain/session/session-traffic.ts';
import type { SessionPlan } from '../../domain/session/session-plan.ts';

/** What a session is made with. */
export interface SessionParts {
  readonly cluster: ClusterPort;
  readonly links: LinkPort;
  readonly tunnel: TunnelPort;
  readonly hostNetwork: HostNetworkPort;
  readonly laptopResolver: ResolverPort;
  readonly clock: ClockPort;
  readonly journals: JournalPort;
  readonly agentKeys: AgentKeysPort;
  readonly processes: ProcessPort;
  readonly events: EventSink;
  /** Text of the agent program. @throws HostError `BINARY_MISSING` */
  readonly loadAgentProgram: () => Promise<string>;
  /** Text of the guardian program. @throws HostError `BINARY_MISSING` */
  readonly loadGuardianProgram: () => Promise<string>;
  /** Sees each IP packet of the tunnel, where the user asked for a capture; `packet` is valid during the call. */
  readonly capture?: ((packet: Uint8Array) => void) | undefined;
}

/** What the steps of one opening share. */
export interface Opening {
  readonly parts: SessionParts;
  readonly plan: SessionPlan;
  /** What was acquired so far; the caller releases it, however the opening ends. */
  readonly held: LeaseStack<HeldThing>;
  /** Where each change outside of this process is told before it is made. */
  readonly journal: Pick<SessionJournal, 'append'>;
  /** Counts what flows once it is open. */
  readonly traffic: SessionTraffic;
  /** Aborts the opening. */
  readonly signal: AbortSignal;
}

/** Runs one step and tells how long it took. `work` gives the step's value and, for people, its outcome. */
export async function runStep<T>({ parts, signal }: Opening, name: SessionStep, work: () => Promise<readonly [T, string]>): Promise<T> {
  signal.throwIfAborted();
  const startedAt = parts.clock.now();
  const [value, detail] = await work();
  parts.events({ kind: 'step-done', step: name, detail, tookMs: parts.clock.now() - startedAt });
  return value;
}
