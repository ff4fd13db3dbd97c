import type { DnsChoice } from '../ports/tunnel-port.ts';
import type { ProxyTarget } from '../routes/proxy-target.ts';
import type { WorkloadTarget } from '../workload/workload-reference.ts';
import type { AgentTarget } from './agent-target.ts';
import type { InboundPlan } from './inbound-plan.ts';
import type { JournalCluster } from './undo-journal.ts';

/** Times of a session, in milliseconds; parameters, so that tests can divide them. */
export interface SessionTimings {
  /** From the pod's creation to its readiness, at most. */
  readonly podReadyMs: number;
  /** How long a lost link is dialled again before the session ends. */
  readonly linkLimitMs: number;
  /** The Lease is renewed this often. */
  readonly leaseRenewMs: number;
  /** How long a connection waits for the process to listen where it is to arrive. */
  readonly acceptLimitMs: number;
  /** How long release keeps trying while the API can't be reached. */
  readonly releaseLimitMs: number;
  /** From an EndpointSlice to the rules of the nodes. */
  readonly routeSettleMs: number;
  /** How long who left a Service serves on. */
  readonly drainMs: number;
  /** How long the end waits for a workload that was given back to serve. */
  readonly workloadReadyMs: number;
  /** How long the process may take to end by SIGTERM where the session can't go on. */
  readonly endGraceMs: number;
  /** Silence after which another session may take a workload over. */
  readonly takeoverMs: number;
  /** Silence after which a guardian in the cluster gives back what a session has. */
  readonly guardMs: number;
}

/** The wanted state of one run: validated, complete, nothing to be looked up later. */
export interface SessionPlan {
  /** Five letters and digits, a letter first. */
  readonly sessionId: string;
  /** Name of the agent pod; of Lease and Secret it is `inpod-ID`. */
  readonly podName: string;
  readonly leaseName: string;
  /** `USER@HOST`, for people. */
  readonly holder: string;
  readonly image: string;
  /** The workload whose place is taken. */
  readonly swap: WorkloadTarget | undefined;
  /** The workload whose template is used, beside it. */
  readonly copy: WorkloadTarget | undefined;
  /** The standing agent that is used instead of a pod of the session's own. */
  readonly agent: AgentTarget | undefined;
  /** The workload's init containers that don't run again in the pod. */
  readonly skipInit: readonly string[];
  readonly serviceAccount: string | undefined;
  readonly alsoProxy: readonly ProxyTarget[];
  readonly neverProxy: readonly ProxyTarget[];
  readonly dns: DnsChoice;
  readonly inbound: InboundPlan;
  readonly timings: SessionTimings;
  /** For the journal. */
  readonly cluster: JournalCluster;
  readonly backendReason: string;
}

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** A session id from five random bytes: a letter, then letters and digits (no `web-7` for a StatefulSet to take). */
export function sessionIdFrom(random: Uint8Array): string {
  return Array.from({ length: 5 }, (_, i) => alphabet[(random[i] ?? 0) % (i === 0 ? 26 : alphabet.length)]).join('');
}

/**
 * The default name of a pod: `inpod-USER-FOLDER-ID` as a DNS label.
 * @see {@link https://www.rfc-editor.org/rfc/rfc1123#section-2.1 | RFC 1123 §2.1}
 */
export function defaultPodName(user: string, folder: string, sessionId: string): string {
  const middle = `${user}-${folder}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 63 - 'inpod--'.length - sessionId.length)
    .replace(/-+$/, '');
  return middle === '' ? `inpod-${sessionId}` : `inpod-${middle}-${sessionId}`;
}
