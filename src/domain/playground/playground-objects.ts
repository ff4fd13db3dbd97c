import type { IpAddress } from '../netstack/address/ip-address.ts';
import type { LeaseReference } from '../ports/cluster/agent-pods.ts';
import type { RepairNotice } from '../session/lease-machine.ts';
import type { FieldOwner, WorkloadHold, WorkloadMark } from '../workload/workload-facts.ts';

/** Name and value of labels; a selector matches whoever has all of its own. */
export type Labels = Readonly<Record<string, string>>;

/** What every object has. */
export interface ObjectMeta {
  readonly kubeNamespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** Goes, and takes this object along. */
  readonly owner?: LeaseReference | undefined;
}

/** Who is alive, and the owner of all that a session makes. */
export interface LeaseObject extends ObjectMeta {
  readonly kind: 'Lease';
  readonly holder: string;
  readonly durationSeconds: number;
  readonly createdWallMs: number;
  /** Its last sign of life. */
  readonly renewedWallMs: number;
  /** How often it was claimed by who repairs the session. */
  readonly claims: number;
  /** One more with each write. */
  readonly version: number;
  /** What is to be given back. */
  readonly hold: WorkloadHold | undefined;
}

/** A word for a session, by who repaired it. */
export interface NoticeObject extends ObjectMeta {
  readonly kind: 'Notice';
  readonly notice: RepairNotice;
}

/** That there is one: what it holds is a pod's files. */
export interface SecretObject extends ObjectMeta {
  readonly kind: 'Secret';
}

/** A pod as the cluster's network sees it; its process is the server's. */
export interface PodObject extends ObjectMeta {
  readonly kind: 'Pod';
  readonly address: IpAddress;
  readonly createdWallMs: number;
  /** Whether its process was started, and ended. */
  readonly phase: 'Pending' | 'Running' | 'Failed';
  /** Whether Services lead to it. */
  readonly ready: boolean;
}

/** One port of a Service. TCP. */
export interface ServicePort {
  /** A DNS label. */
  readonly name: string;
  readonly port: number;
  /** The pods' port. */
  readonly targetPort: number;
}

/** An address and a name that lead to the ready pods that the selector matches; none for a Service without selector. */
export interface ServiceObject extends ObjectMeta {
  readonly kind: 'Service';
  readonly clusterIp: IpAddress;
  readonly ports: readonly ServicePort[];
  readonly selector: Labels | undefined;
}

/** The one container of a Deployment's pods. */
export interface TemplateContainer {
  readonly name: string;
  /** It is ready when it listens on all of them. */
  readonly tcpPorts: readonly number[];
  readonly argv: readonly [string, ...string[]];
  readonly variables: Readonly<Record<string, string>>;
}

/** Keeps pods of its template. */
export interface DeploymentObject extends ObjectMeta {
  readonly kind: 'Deployment';
  readonly replicas: number;
  /** Who owns `replicas`, by the bookkeeping that server-side apply has in a cluster. */
  readonly replicasOwners: readonly FieldOwner[];
  /** Inpod's, where a session has its place. */
  readonly mark: WorkloadMark | undefined;
  readonly template: { readonly labels: Labels; readonly container: TemplateContainer };
  /** How many pods were made of it: the next one's number. */
  readonly podsMade: number;
}

/** All that a playground knows. */
export type PlaygroundObject = LeaseObject | NoticeObject | SecretObject | PodObject | ServiceObject | DeploymentObject;
export type ObjectKind = PlaygroundObject['kind'];
export type ObjectOf<K extends ObjectKind> = Extract<PlaygroundObject, { readonly kind: K }>;

/** Label of all that a session makes. */
export const sessionLabel = 'inpod.dev/session';

/** Labels of a session's pod: its agent's, or one that left its workload. */
export function sessionPodLabels(sessionId: string, role: 'agent' | 'orphan'): Labels {
  return { [sessionLabel]: sessionId, 'inpod.dev/role': role };
}

/** Whether `labels` have all that `selector` asks for. An empty selector, as in the API, matches all. */
export function selects(selector: Labels, labels: Labels): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}
