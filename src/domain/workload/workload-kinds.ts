import { InvariantError } from '../errors.ts';
import type { WorkloadReference, WorkloadResource, WorkloadTarget } from './workload-reference.ts';

/** A kind of object as the API describes it: what kubectl takes for its name. */
export interface NamedKind extends WorkloadResource {
  readonly kind: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
}

const apps = { group: 'apps', version: 'v1' };

/** Kubernetes' own kinds with a pod template; the API isn't asked for them. */
const builtInKinds: readonly NamedKind[] = [
  { ...apps, kind: 'Deployment', plural: 'deployments', singular: 'deployment', shortNames: ['deploy'] },
  { ...apps, kind: 'StatefulSet', plural: 'statefulsets', singular: 'statefulset', shortNames: ['sts'] },
  { ...apps, kind: 'ReplicaSet', plural: 'replicasets', singular: 'replicaset', shortNames: ['rs'] },
  { ...apps, kind: 'DaemonSet', plural: 'daemonsets', singular: 'daemonset', shortNames: ['ds'] },
  { group: '', version: 'v1', kind: 'ReplicationController', plural: 'replicationcontrollers', singular: 'replicationcontroller', shortNames: ['rc'] },
  { group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs', singular: 'job', shortNames: [] },
]; // prettier-ignore

/** What takes any pod that its selector selects for its own, and ends it: such a pod needs another controller. */
const adoptingKinds = new Set(['ReplicaSet', 'ReplicationController']);

/** @returns the object that is meant, where it is of one of Kubernetes' own kinds */
export function builtInReference({ type, name }: WorkloadTarget): WorkloadReference | undefined {
  const found = builtInKinds.find((kind) => isNamed(kind, type));
  return found && { kind: found.kind, name };
}

/** Where the API has it. @throws InvariantError for a kind that is neither Kubernetes' own nor was found in the API */
export function resourceOf({ kind, resource }: WorkloadReference): WorkloadResource {
  const found = resource ?? builtInKinds.find((known) => known.kind === kind);
  if (found) return found;
  throw new InvariantError(`a ${kind} is nowhere in the API`);
}

/**
 * Whether `type` means the kind, as kubectl takes it: short name, singular, plural or kind, the first of these alone or followed by its group, the plural by its
 * version and group also.
 */
export function isNamed({ kind, plural, singular, shortNames, group, version }: NamedKind, type: string): boolean {
  const [word = '', ...rest] = type.toLowerCase().split('.');
  const place = rest.join('.');
  const isPlace = place === '' || place === group || (group !== '' && place === `${version}.${group}`);
  return isPlace && [plural, singular, kind.toLowerCase(), ...shortNames].includes(word);
}

export function isAdopting({ kind, resource }: WorkloadReference): boolean {
  return resource === undefined && adoptingKinds.has(kind);
}
