import type { RunFigures } from '../benchmark/run-figures.ts';
import type { NameOutcome, NameSide } from '../dns/told-name.ts';
import type { ErrorCode } from '../errors.ts';
import type { ClusterIdentity } from '../ports/cluster/identity.ts';
import type { GivenBack } from '../ports/cluster/workloads.ts';
import type { ChildExit } from '../ports/tunnel-port.ts';
import type { InboundPlan } from './inbound-plan.ts';
import type { TrafficSummary } from './session-traffic.ts';

/** The steps of a session's start, in the order of their begin; some run side by side. */
export type SessionStep =
  'repair' | 'plan' | 'lease' | 'workload' | 'guardian' | 'image' | 'pod' | 'link' | 'ranges' | 'tunnel' | 'ports' | 'child';

/** What a session holds and gives back at its end. */
export type HeldThing = 'child' | 'place' | 'ports' | 'tunnel' | 'link' | 'workload' | 'lease, pod and secret' | 'watchdog' | 'journal';

/** What happened in a session, in order. Log, step lines, JSON and status render these; nobody prints from within. */
export type SessionEvent =
  /** The first event of every run: whom and what it talks to. */
  | {
      readonly kind: 'session-opening';
      readonly sessionId: string;
      readonly podName: string;
      readonly identity: ClusterIdentity;
      /** `undefined` where the pod is a standing agent's, which `podName` names then. */
      readonly image: string | undefined;
      readonly backend: string;
      /** Why this backend. */
      readonly backendReason: string;
    }
  | { readonly kind: 'step-done'; readonly step: SessionStep; readonly detail: string; readonly tookMs: number }
  /** A step of the pod's start that takes noticeable time: scheduling, pulling an image. */
  | { readonly kind: 'pod-progress'; readonly step: string; readonly detail: string }
  /** Variables of the pod that the child doesn't get, and variables that `--env-exclude` took. */
  | {
      readonly kind: 'environment-made';
      readonly podVariables: number;
      readonly withheld: readonly string[];
      readonly excluded: readonly string[];
    }
  /** The next thing is the command's own: whatever it prints comes after this. It may turn out that it can't be executed. */
  | { readonly kind: 'child-starting'; readonly command: string; readonly podName: string; readonly sinceStartMs: number }
  | {
      readonly kind: 'child-started';
      readonly command: string;
      readonly pid: number;
      readonly podName: string;
      readonly sinceStartMs: number;
    }
  /** What was asked for is bound; `service` leads to the exposed ports from within the cluster; in a workload's place its own Services do. */
  | { readonly kind: 'ports-bound'; readonly inbound: InboundPlan; readonly service: string | undefined }
  /** What the process listens on can be reached on this machine too. */
  | { readonly kind: 'port-published'; readonly port: number; readonly laptopPort: number }
  /** The process listens there no more, so neither does this machine. */
  | { readonly kind: 'port-withdrawn'; readonly port: number; readonly laptopPort: number }
  /** A connection came for a port on which the process doesn't listen, yet or any more; it waits for `limitMs`. */
  | { readonly kind: 'process-awaited'; readonly port: number; readonly limitMs: number }
  | { readonly kind: 'process-reached'; readonly port: number; readonly afterMs: number }
  /** The session can't go on: the command got SIGTERM, and is killed where it still runs after `limitMs`. */
  | { readonly kind: 'child-ending'; readonly reason: string; readonly limitMs: number }
  | { readonly kind: 'child-exited'; readonly exit: ChildExit }
  /** The cluster has a network that wasn't known before: what goes there goes to the cluster from now on. */
  | { readonly kind: 'range-found'; readonly cidr: string; readonly source: string }
  /** A name of the program's was answered: `by` which side; told once for each outcome of a name and type. */
  | {
      readonly kind: 'name-answered';
      readonly name: string;
      /** `A`, `AAAA`, `TYPE99`. */
      readonly type: string;
      readonly by: NameSide;
      readonly outcome: NameOutcome;
      readonly tookMs: number;
    }
  /** So many names were answered in the pod that could not be kept until they were told. */
  | { readonly kind: 'names-untold'; readonly count: number }
  /** The cluster gave an address that the tunnel doesn't lead to the cluster: who connects to it does so from this machine. */
  | { readonly kind: 'address-beside'; readonly name: string; readonly address: string }
  /** What flowed until the release, of a session that got as far as its child. */
  | { readonly kind: 'traffic'; readonly traffic: TrafficSummary }
  /** The path to the agent is gone; new connections wait until `limitMs` have passed. */
  | { readonly kind: 'link-lost'; readonly reason: string; readonly limitMs: number; readonly brokenConnections: number }
  | { readonly kind: 'link-restored'; readonly afterMs: number; readonly attempts: number }
  /** The workload must go before its successor comes: nobody serves meanwhile. */
  | { readonly kind: 'swap-gap'; readonly workload: string; readonly reason: string }
  /** The workload serves on until the process listens on these ports. */
  | { readonly kind: 'place-awaited'; readonly workload: string; readonly ports: readonly number[] }
  /** The Services' connections go to the process, and the workload is at 0. */
  | {
      readonly kind: 'place-taken';
      readonly workload: string;
      readonly replicas: number;
      readonly services: readonly string[];
      readonly afterMs: number;
    }
  | {
      readonly kind: 'workload-given-back';
      readonly workload: string;
      readonly replicas: number;
      readonly outcome: GivenBack;
      readonly tookMs: number;
    }
  /** Something that the user should know and that doesn't end the session. */
  | { readonly kind: 'warning'; readonly code: ErrorCode; readonly message: string; readonly hint?: string | undefined }
  | { readonly kind: 'releasing'; readonly things: readonly HeldThing[] }
  /** Answers an impatient Ctrl-C during release. */
  | { readonly kind: 'release-waits'; readonly things: readonly HeldThing[] }
  | { readonly kind: 'released'; readonly tookMs: number }
  /** What could not be given back, and how to. */
  | { readonly kind: 'left-behind'; readonly objects: readonly string[]; readonly reason: string; readonly hint: string }
  /** One run of a benchmark is done; `round` counts from 1. */
  | { readonly kind: 'path-measured'; readonly path: string; readonly round: number; readonly rounds: number; readonly figures: RunFigures }
  /** A path of a benchmark broke: it is measured no more, the others are. */
  | { readonly kind: 'path-failed'; readonly path: string; readonly round: number; readonly reason: string }
  /** A dead session of this machine was repaired. */
  | { readonly kind: 'session-repaired'; readonly sessionId: string; readonly detail: string };

/** Where events go; never throws. */
export type EventSink = (event: SessionEvent) => void;
