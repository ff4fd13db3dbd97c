import { ClusterError } from '../../domain/errors.ts';
import { builtInReference, isNamed, type NamedKind } from '../../domain/workload/workload-kinds.ts';
import { describeTarget, type WorkloadReference, type WorkloadTarget } from '../../domain/workload/workload-reference.ts';
import type { ApiClient } from './api-client.ts';

/** @see {@link https://kubernetes.io/docs/reference/using-api/api-concepts/#discovery-api | Discovery} */
interface GroupList {
  readonly groups?: readonly {
    readonly name: string;
    readonly preferredVersion: { readonly version: string };
    readonly versions: readonly { readonly version: string }[];
  }[];
}

interface ResourceList {
  readonly resources?: readonly {
    /** `rollouts`; a subresource is `rollouts/scale`. */
    readonly name: string;
    readonly singularName?: string;
    readonly namespaced: boolean;
    readonly kind: string;
    readonly shortNames?: readonly string[];
  }[];
}

interface GroupVersion {
  readonly group: string;
  readonly version: string;
}

/** Finds what kind of object a type means: Kubernetes' own at once, others by asking the API what it has. */
export class KindDiscovery {
  readonly #api: ApiClient;

  constructor(api: ApiClient) {
    this.#api = api;
  }

  /** @throws ClusterError `NOT_FOUND` where no kind, or more than one, is named so */
  async resolve(target: WorkloadTarget, signal: AbortSignal): Promise<WorkloadReference> {
    const builtIn = builtInReference(target);
    if (builtIn) return builtIn;
    const found = await this.#kindsNamed(target.type, signal);
    const [kind, ...others] = found;
    if (kind === undefined) throw unknownType(target);
    if (others.length > 0) throw ambiguousType(target, found);
    const { group, version, plural } = kind;
    return { kind: kind.kind, name: target.name, resource: { group, version, plural } };
  }

  async #kindsNamed(type: string, signal: AbortSignal): Promise<readonly NamedKind[]> {
    const { groups = [] } = await this.#api.call<GroupList>({ method: 'GET', path: '/apis', signal });
    const place = type.toLowerCase().split('.').slice(1).join('.');
    const asked = groups.flatMap((group) => versionToAsk(group, place));
    const answers = await Promise.allSettled(asked.map((one) => this.#kindsOf(one, signal)));
    const named = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : [])).filter((kind) => isNamed(kind, type));
    // An extension of the API that is away has nothing to do with this, unless it's just the one that is asked for.
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (named.length === 0 && failed) throw failed.reason;
    return named;
  }

  async #kindsOf({ group, version }: GroupVersion, signal: AbortSignal): Promise<readonly NamedKind[]> {
    const path = `/apis/${encodeURIComponent(group)}/${encodeURIComponent(version)}`;
    const { resources = [] } = await this.#api.call<ResourceList>({ method: 'GET', path, signal });
    return resources
      .filter(({ name, namespaced }) => namespaced && !name.includes('/'))
      .map(({ name, kind, singularName, shortNames = [] }) => ({
        group, version, kind, plural: name, singular: singularName || kind.toLowerCase(), shortNames,
      })); // prettier-ignore
  }
}

/** @param place - what follows the type's first dot: nothing, a group, or a version and its group */
function versionToAsk(
  { name, preferredVersion, versions }: NonNullable<GroupList['groups']>[number],
  place: string,
): readonly GroupVersion[] {
  if (place === '' || place === name) return [{ group: name, version: preferredVersion.version }];
  return versions.filter(({ version }) => place === `${version}.${name}`).map(({ version }) => ({ group: name, version }));
}

function unknownType(target: WorkloadTarget): ClusterError {
  return new ClusterError({
    code: 'NOT_FOUND',
    message: `${describeTarget(target)}: the cluster has no type ${JSON.stringify(target.type)} of workloads`,
    hint: 'deploy, sts and rs are always there; see what else: kubectl api-resources --namespaced',
  });
}

function ambiguousType(target: WorkloadTarget, found: readonly NamedKind[]): ClusterError {
  const names = found.map(({ singular, group }) => `${singular}.${group}`);
  return new ClusterError({
    code: 'NOT_FOUND',
    message: `${describeTarget(target)}: the cluster has ${found.length} types of that name`,
    hint: `say which: ${names.map((name) => `${name}/${target.name}`).join(', ')}`,
  });
}
