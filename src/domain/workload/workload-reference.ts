/** Where the API has objects of a kind. */
export interface WorkloadResource {
  /** Empty for Kubernetes' first ones. */
  readonly group: string;
  readonly version: string;
  /** As paths and rights have it: `deployments`. */
  readonly plural: string;
}

/** A workload of the session's namespace. */
export interface WorkloadReference {
  /** `Deployment`. */
  readonly kind: string;
  readonly name: string;
  /** Of a kind that isn't Kubernetes' own. */
  readonly resource?: WorkloadResource | undefined;
}

/** A workload as it was asked for: `TYPE/NAME[:CONTAINER]`. */
export interface WorkloadTarget {
  /** As kubectl takes it: `deploy`, `Deployment`, `rollouts.argoproj.io`. */
  readonly type: string;
  readonly name: string;
  /** The container that the process becomes; without one, the workload's first. */
  readonly container: string | undefined;
}

/** What a name without type means. */
const defaultType = 'deployment';

const name = /^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/;

const typeName = /^[A-Za-z][A-Za-z0-9]*(\.[-A-Za-z0-9]+)*$/;

/** @returns the target that `text` names, a Deployment where it has no type; or what is wrong with it */
export function parseWorkloadTarget(text: string): WorkloadTarget | { readonly problem: string } {
  const match = /^(?:([^/:]+)\/)?([^/:]+)(?::([^/:]+))?$/.exec(text);
  if (!match) return { problem: `${JSON.stringify(text)} is not TYPE/NAME[:CONTAINER], such as deploy/web or deploy/web:main` };
  const [, type = defaultType, workload = '', container] = match;
  if (!typeName.test(type)) return { problem: `${JSON.stringify(type)} is no type of a workload, such as deploy or sts` };
  const wrong = [workload, container].find((part) => part !== undefined && !name.test(part));
  return wrong === undefined ? { type, name: workload, container } : { problem: `${JSON.stringify(wrong)} is no name of an object` };
}

/** `deployment/web`, as kubectl takes and prints it. */
export function describeWorkload({ kind, name: workload }: WorkloadReference): string {
  return `${kind.toLowerCase()}/${workload}`;
}

/** `sts/web`, as it was asked for. */
export function describeTarget({ type, name: workload }: WorkloadTarget): string {
  return `${type}/${workload}`;
}

/** Name of a pod of its template: `WORKLOAD-inpod-ID` as a DNS label. Its suffix has a letter: a StatefulSet takes `web-7` for its own. */
export function workloadPodName({ name: workload }: Pick<WorkloadReference, 'name'>, sessionId: string): string {
  const suffix = `-inpod-${sessionId}`;
  return `${workload.replaceAll('.', '-').slice(0, 63 - suffix.length)}${suffix}`;
}
