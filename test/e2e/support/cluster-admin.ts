import {
  AppsV1Api,
  CoordinationV1Api,
  CoreV1Api,
  Exec,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  type KubernetesObject,
  type V1Deployment,
  type V1StatefulSet,
} from '@kubernetes/client-node';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { eventually } from './eventually.ts';

/** What a session made in the cluster. */
export interface SessionObject {
  readonly kind: string;
  /** `NAMESPACE/NAME`. */
  readonly name: string;
  readonly state: 'not deleted' | 'being deleted by its node' | `held by ${string}`;
}

/** The test cluster as its administrator sees it. */
export class ClusterAdmin {
  readonly #config = new KubeConfig();
  readonly core: CoreV1Api;
  readonly #apps: AppsV1Api;
  readonly #leases: CoordinationV1Api;
  readonly #objects: KubernetesObjectApi;

  constructor(kubeconfig: string) {
    this.#config.loadFromFile(kubeconfig);
    this.core = this.#config.makeApiClient(CoreV1Api);
    this.#apps = this.#config.makeApiClient(AppsV1Api);
    this.#leases = this.#config.makeApiClient(CoordinationV1Api);
    this.#objects = KubernetesObjectApi.makeApiClient(this.#config);
  }

  /** Makes each object, or makes it so. */
  async applyAll(objects: readonly KubernetesObject[]): Promise<void> {
    for (const object of objects) await this.#objects.patch(object, undefined, undefined, 'inpod-e2e', true, PatchStrategy.ServerSideApply);
  }

  /** Deletes each object; one that is gone is fine. */
  async removeAll(objects: readonly KubernetesObject[]): Promise<void> {
    await Promise.all(objects.map((object) => this.#objects.delete(object, undefined, undefined, 0).catch(unlessGone)));
  }

  /** At once, and waits until they are gone. */
  async removePods(namespace: string, labelSelector: string): Promise<void> {
    await this.core.deleteCollectionNamespacedPod({ namespace, labelSelector, gracePeriodSeconds: 0 });
    await eventually(`the end of the pods ${labelSelector}`, async () => {
      const left = await this.podNames(namespace, labelSelector);
      if (left.length > 0) throw new Error(left.join(' '));
    });
  }

  /** A namespace for one test. @returns removes it, and waits until it is gone */
  async makeNamespace(name: string, labels: Record<string, string> = {}): Promise<() => Promise<void>> {
    await this.core.createNamespace({ body: { metadata: { name, labels } } });
    // Pods are refused before the controller has made it.
    await eventually(`service account of ${name}`, () => this.core.readNamespacedServiceAccount({ name: 'default', namespace: name }));
    return async () => {
      await this.core.deleteNamespace({ name });
      await eventually(`the end of namespace ${name}`, async () => {
        const { items } = await this.core.listNamespace();
        if (items.some(({ metadata }) => metadata?.name === name)) throw new Error(`namespace ${name} is still there`);
      });
    };
  }

  async waitForDeployment(namespace: string, name: string): Promise<void> {
    await eventually(`deployment ${namespace}/${name}`, async () => {
      const { status } = await this.#apps.readNamespacedDeployment({ namespace, name });
      if ((status?.availableReplicas ?? 0) < 1) throw new Error(JSON.stringify(status?.conditions));
    });
  }

  readWorkload(kind: 'Deployment' | 'StatefulSet', name: string): Promise<V1Deployment | V1StatefulSet> {
    const at = { namespace: 'default', name };
    return kind === 'Deployment' ? this.#apps.readNamespacedDeployment(at) : this.#apps.readNamespacedStatefulSet(at);
  }

  /** The object of that kind and name, as it is now. */
  readObject(object: KubernetesObject): Promise<KubernetesObject> {
    const { name = '', namespace = '' } = object.metadata ?? {};
    return this.#objects.read({ ...object, metadata: { name, namespace } });
  }

  /** Of namespace `default`. */
  async namesOf(apiVersion: string, kind: string, labelSelector: string): Promise<readonly string[]> {
    const { items } = await this.#objects.list(apiVersion, kind, 'default', undefined, undefined, undefined, undefined, labelSelector);
    return items.map(({ metadata }) => metadata?.name ?? '');
  }

  /** As `kubectl scale` does. */
  async scale(name: string, replicas: number): Promise<void> {
    await this.#apps.replaceNamespacedDeploymentScale({
      namespace: 'default',
      name,
      body: { metadata: { name, namespace: 'default' }, spec: { replicas } },
    });
  }

  async serviceAddresses(namespace: string, name: string): Promise<readonly string[]> {
    const { spec } = await this.core.readNamespacedService({ namespace, name });
    return spec?.clusterIPs ?? [];
  }

  async podNames(namespace: string, labelSelector: string): Promise<readonly string[]> {
    const { items } = await this.core.listNamespacedPod({ namespace, labelSelector });
    return items.filter(({ metadata }) => !metadata?.deletionTimestamp).map(({ metadata }) => metadata?.name ?? '');
  }

  /** The IPv4 address of each. */
  async podAddresses(namespace: string, labelSelector: string): Promise<readonly string[]> {
    const { items } = await this.core.listNamespacedPod({ namespace, labelSelector });
    return items.filter(({ metadata }) => !metadata?.deletionTimestamp).map(({ status }) => status?.podIP ?? '');
  }

  /** Of the pods of namespace `default` that the selector finds. */
  async podPhases(labelSelector: string): Promise<readonly string[]> {
    const { items } = await this.core.listNamespacedPod({ namespace: 'default', labelSelector });
    return items.map(({ status }) => status?.phase ?? '');
  }

  /** An IPv4 address that a pod has just had: none gets it soon, since they are given out in turn. */
  async freedPodAddress(): Promise<string> {
    const at = { namespace: 'default', name: 'inpod-e2e-gone' };
    const sleep = { name: 'main', image: 'node:24-slim', command: ['sleep', 'infinity'] };
    await this.core.createNamespacedPod({
      namespace: at.namespace,
      body: { metadata: at, spec: { containers: [sleep], terminationGracePeriodSeconds: 1 } },
    });
    const address = await eventually('an address of a pod', async () => {
      const { status } = await this.core.readNamespacedPod(at);
      if (status?.podIP === undefined) throw new Error(JSON.stringify(status?.conditions));
      return status.podIP;
    });
    // Its object goes last, after its network.
    await this.core.deleteNamespacedPod(at);
    await eventually(`the end of pod ${at.name}`, async () => {
      const { items } = await this.core.listNamespacedPod({ namespace: at.namespace });
      if (items.some(({ metadata }) => metadata?.name === at.name)) throw new Error(`pod ${at.name} is still there`);
    });
    return address;
  }

  async waitUntilServed(namespace: string, app: string, url: string): Promise<void> {
    await eventually(url, () =>
      this.runNode(
        namespace,
        app,
        `fetch(${JSON.stringify(url)}).then((r) => r.text()).then((t) => console.log(t), () => process.exit(1))`,
      ),
    );
  }

  /** Runs a JavaScript text in a pod of the workload `app`. @returns its output @throws where it wrote nothing */
  async runNode(namespace: string, app: string, program: string): Promise<string> {
    const [pod] = await this.podNames(namespace, `app=${app}`);
    return this.runNodeIn(namespace, pod ?? '', program, app);
  }

  /** The same in one pod, by its name. */
  async runNodeIn(namespace: string, pod: string, program: string, container = 'agent'): Promise<string> {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const [out, err] = [text(stdout), text(stderr)];
    await new Exec(this.#config).exec(namespace, pod, container, ['node', '-e', program], stdout, stderr, null, false, () => {
      stdout.end();
      stderr.end();
    });
    if ((await out) === '') throw new Error(`nothing from ${namespace}/${pod}: ${await err}`);
    return out;
  }

  /** Leases, Secrets, Services and pods of these sessions in all namespaces. */
  async sessionObjects(sessionIds: readonly string[]): Promise<readonly SessionObject[]> {
    if (sessionIds.length === 0) return [];
    const query = { labelSelector: `inpod.dev/session in (${sessionIds.join(',')})` };
    const [leases, secrets, services, pods] = await Promise.all([
      this.#leases.listLeaseForAllNamespaces(query),
      this.core.listSecretForAllNamespaces(query),
      this.core.listServiceForAllNamespaces(query),
      this.core.listPodForAllNamespaces(query),
    ]);
    const named = (kind: string, { items }: { readonly items: readonly KubernetesObject[] }): SessionObject[] =>
      items.map(({ metadata }) => ({ kind, name: `${metadata?.namespace}/${metadata?.name}`, state: stateOf(metadata) }));
    return [...named('Lease', leases), ...named('Secret', secrets), ...named('Service', services), ...named('Pod', pods)];
  }
}

function stateOf(metadata: KubernetesObject['metadata']): SessionObject['state'] {
  if (metadata?.deletionTimestamp === undefined) return 'not deleted';
  return metadata.finalizers ? `held by ${metadata.finalizers.join(', ')}` : 'being deleted by its node';
}

function unlessGone(error: Error & { readonly code?: number }): undefined {
  if (error.code === 404) return undefined;
  throw error;
}
