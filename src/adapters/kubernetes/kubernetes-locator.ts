import type { ClusterChoice, ClusterLocator, ClusterPort } from '../../domain/ports/cluster/cluster-port.ts';
import { ApiConnection } from './api-connection.ts';
import { FixedCredential, TokenFileCredential, type CredentialSource } from './credential-source.ts';
import { ExecCredential } from './exec-credential.ts';
import { loadKubeconfig, readCaData } from './kubeconfig-files.ts';
import { selectContext, type SelectedContext } from './kubeconfig-selection.ts';
import { KubernetesCluster } from './kubernetes-cluster.ts';
import { defaultTimings, type KubernetesTimings } from './kubernetes-timings.ts';
import { chooseProxy } from './proxy-choice.ts';

/** What of this machine and process decides which cluster is meant. */
export interface KubernetesLocatorOptions {
  /** KUBECONFIG, HTTPS_PROXY, NO_PROXY, KUBERNETES_SERVICE_HOST; exec plugins get all of it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory?: string | undefined;
  /** By default where the kubelet mounts it. */
  readonly serviceAccountDirectory?: string | undefined;
  readonly timings?: Partial<KubernetesTimings> | undefined;
  /** Wall time in milliseconds since 1970. */
  readonly nowMs?: (() => number) | undefined;
}

/** Finds the cluster as kubectl does. */
export class KubernetesLocator implements ClusterLocator {
  readonly #options: KubernetesLocatorOptions;
  readonly #timings: KubernetesTimings;
  readonly #nowMs: () => number;

  constructor(options: KubernetesLocatorOptions) {
    this.#options = options;
    this.#timings = { ...defaultTimings, ...options.timings };
    this.#nowMs = options.nowMs ?? Date.now;
  }

  locate(choice: ClusterChoice): Promise<ClusterPort> {
    return Promise.resolve().then(() => this.#locate(choice));
  }

  #locate(choice: ClusterChoice): ClusterPort {
    const { homeDirectory } = this.#options;
    const environment =
      choice.kubeconfigList === undefined ? this.#options.environment : { ...this.#options.environment, KUBECONFIG: choice.kubeconfigList };
    const serviceAccountDirectory = this.#options.serviceAccountDirectory ?? '/var/run/secrets/kubernetes.io/serviceaccount';
    const kubeconfig = loadKubeconfig({ explicit: choice.kubeconfig, environment, homeDirectory, serviceAccountDirectory });
    const selected = selectContext(kubeconfig, choice);
    const { cluster, user, context, kubeNamespace } = selected;
    const proxy = chooseProxy(cluster.server, cluster.proxyUrl, environment);
    return new KubernetesCluster({
      identity: { context, cluster: cluster.name, server: cluster.server, kubeNamespace, user: user.impersonate.user ?? user.name },
      connection: new ApiConnection(selected, this.#credentialSource(selected), proxy),
      timings: this.#timings,
      nowMs: this.#nowMs,
    });
  }

  /** kubectl's order: a token file before a token, both before a plugin. */
  #credentialSource({ cluster, user }: SelectedContext): CredentialSource {
    if (user.tokenFile !== undefined) return new TokenFileCredential(user.tokenFile, this.#nowMs);
    if (user.exec === undefined || user.token !== undefined) return new FixedCredential();
    const host = { environment: this.#options.environment, timeoutMs: this.#timings.credentialTimeoutMs, nowMs: this.#nowMs };
    return new ExecCredential(
      { exec: user.exec, userName: user.name, cluster, caData: user.exec.provideClusterInfo ? readCaData(cluster) : undefined },
      host,
    );
  }
}
