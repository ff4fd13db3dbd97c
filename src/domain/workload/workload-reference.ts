/** Kinds of workload that a session can take the place of. */
export type WorkloadKind = 'Deployment' | 'StatefulSet';

/** A workload of the session's namespace. */
export interface WorkloadReference {
  readonly kind: WorkloadKind;
  readonly name: string;
}

/** `TYPE/NAME[:CONTAINER]`. */
export interface WorkloadTarget extends WorkloadReference {
  /** The container that the process becomes; without one, the workload's first. */
  readonly container: string | undefined;
}

/** As kubectl resolves them. */
const kinds: Readonly<Record<string, WorkloadKind>> = {
  deploy: 'Deployment',
  deployment: 'Deployment',
  deployments: 'Deployment',
  'deployment.apps': 'Deployment',
  'deployments.apps': 'Deployment',
  sts: 'StatefulSet',
  statefulset: 'StatefulSet',
  statefulsets: 'StatefulSet',
  'statefulset.apps': 'StatefulSet',
  'statefulsets.apps': 'StatefulSet',
};

const name = /^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/;

/** @returns the target that `text` names, a Deployment where it has no type; or what is wrong with it */
export function parseWorkloadTarget(text: string): WorkloadTarget | { readonly problem: string } {
  const match = /^(?:([^/:]+)\/)?([^/:]+)(?::([^/:]+))?$/.exec(text);
  if (!match) return { problem: `${JSON.stringify(text)} is not TYPE/NAME[:CONTAINER], such as deploy/web or deploy/web:main` };
  const [, type = 'deployment', workload = '', container] = match;
  const kind = kinds[type.toLowerCase()];
  if (!kind) return { problem: `${type}: only Deployments (deploy/NAME) and StatefulSets (sts/NAME) are known today` };
  const wrong = [workload, container].find((part) => part !== undefined && !name.test(part));
  return wrong === undefined ? { kind, name: workload, container } : { problem: `${JSON.stringify(wrong)} is no name of an object` };
}

/** `deployment/web`, as kubectl takes and prints it. */
export function describeWorkload({ kind, name: workload }: WorkloadReference): string {
  return `${kind.toLowerCase()}/${workload}`;
}

/** Name of a pod of its template: `WORKLOAD-inpod-ID` as a DNS label. Its suffix has a letter: a StatefulSet takes `web-7` for its own. */
export function workloadPodName({ name: workload }: WorkloadReference, sessionId: string): string {
  const suffix = `-inpod-${sessionId}`;
  return `${workload.replaceAll('.', '-').slice(0, 63 - suffix.length)}${suffix}`;
}
