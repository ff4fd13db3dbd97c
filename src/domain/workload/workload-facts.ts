import type { WorkloadReference } from './workload-reference.ts';

/** What is known of a workload when a session wants its place. */
export interface WorkloadFacts extends WorkloadReference {
  /** As wanted (`spec.replicas`). */
  readonly replicas: number;
  /** The session that has its place, by its mark; `undefined` where none has. */
  readonly heldBy: WorkloadMark | undefined;
  /** It is being deleted. */
  readonly isEnding: boolean;
  /** Not all of its pods are of its current template. */
  readonly isRollingOut: boolean;
  /** Its controller, which would undo what we change: `Rollout/web`. */
  readonly owner: string | undefined;
  /** In the template's order, the first one being the default. */
  readonly containers: readonly { readonly name: string; readonly tcpPorts: readonly number[] }[];
  /** Names of the init containers, in order. */
  readonly initContainers: readonly string[];
  /** By container: names of the variables that the template sets, and where it takes others from (`ConfigMap settings`). */
  readonly variables: Readonly<Record<string, TemplateVariables>>;
  /** What it can't share with the pod that takes its place, for people; such a swap scales first. */
  readonly exclusive: readonly string[];
  /** Why its place can't be taken, though it can be copied, for people: scaling it to 0 would destroy something, or isn't possible. */
  readonly hindrances: readonly string[];
  /** Why the agent can't be in a pod of its template at all, for people. */
  readonly obstacles: readonly string[];
  /** Who owns `spec.replicas` by server-side apply's bookkeeping. */
  readonly replicasOwners: readonly FieldOwner[];
}

/** What a container's variables are made of, by name alone: values may be secrets. */
export interface TemplateVariables {
  readonly names: readonly string[];
  readonly from: readonly string[];
}

/** An entry of `metadata.managedFields`, without its fields. */
export interface FieldOwner {
  readonly manager: string;
  readonly operation: string;
  readonly apiVersion: string;
  readonly subresource: string;
}

/** The workload's annotation `inpod.dev/session`, as JSON. */
export interface WorkloadMark {
  readonly version: 1;
  /** The session's Lease, by name. */
  readonly lease: string;
  /** `USER@HOST`, for people. */
  readonly holder: string;
  /** What it had before. */
  readonly replicas: number;
}

/** The id of the session that marked it: its Lease is `inpod-ID`. */
export function sessionOf({ lease }: Pick<WorkloadMark, 'lease'>): string {
  return lease.replace(/^inpod-/, '');
}

/** A workload that a session holds: enough to give it back, whoever does it. */
export interface WorkloadHold extends WorkloadReference {
  readonly mark: WorkloadMark;
  readonly replicasOwners: readonly FieldOwner[];
}
