import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { ClusterError } from '../../domain/errors.ts';
import { mergeKubeconfigs, parseKubeconfig } from './kubeconfig-document.ts';
import type { ClusterEntry, Kubeconfig } from './kubeconfig-entries.ts';

/** Where kubectl would look for a kubeconfig. */
export interface KubeconfigPlaces {
  /** `--kubeconfig`. */
  readonly explicit?: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory?: string | undefined;
  /** A pod's service account: /var/run/secrets/kubernetes.io/serviceaccount. */
  readonly serviceAccountDirectory: string;
}

/**
 * Reads what kubectl would read: `--kubeconfig` alone; else the files of KUBECONFIG, those missing passed over; else ~/.kube/config; else the pod's own account.
 * @throws ClusterError `KUBECONFIG_INVALID` naming each place that was tried
 */
export function loadKubeconfig(places: KubeconfigPlaces): Kubeconfig {
  if (places.explicit !== undefined) return parseKubeconfig(read(places.explicit), resolve(places.explicit));
  const candidates = candidateFiles(places);
  const files = candidates.filter((file) => existsSync(file));
  if (files.length > 0) return mergeKubeconfigs(files.map((file) => parseKubeconfig(read(file), resolve(file))));
  const own = inClusterKubeconfig(places);
  if (own !== undefined) return own;
  throw new ClusterError({
    code: 'KUBECONFIG_INVALID',
    message: `no kubeconfig was found (looked for ${candidates.join(', ') || 'KUBECONFIG and ~/.kube/config'})`,
    hint: 'name one: --kubeconfig FILE, or export KUBECONFIG=FILE; without a cluster: inpod playground',
  });
}

function candidateFiles(places: KubeconfigPlaces): readonly string[] {
  const list = (places.environment['KUBECONFIG'] ?? '').split(delimiter).filter((entry) => entry !== '');
  if (list.length > 0) return [...new Set(list)];
  return places.homeDirectory === undefined ? [] : [join(places.homeDirectory, '.kube', 'config')];
}

/** The account of the pod that we run in, if we do. @see {@link https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ | Accessing the API from a Pod} */
function inClusterKubeconfig(places: KubeconfigPlaces): Kubeconfig | undefined {
  const { environment, serviceAccountDirectory: directory } = places;
  const host = environment['KUBERNETES_SERVICE_HOST'];
  const tokenFile = join(directory, 'token');
  if (!host || !existsSync(tokenFile)) return undefined;
  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '443';
  const namespaceFile = join(directory, 'namespace');
  const name = 'in-cluster';
  const cluster = {
    name,
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    caFile: join(directory, 'ca.crt'),
    skipTlsVerify: false,
  };
  const kubeNamespace = existsSync(namespaceFile) ? read(namespaceFile).trim() : undefined;
  return {
    clusters: new Map([[name, cluster]]),
    users: new Map([[name, { name, tokenFile, impersonate: { groups: [], extra: {} } }]]),
    contexts: new Map([[name, { name, cluster: name, user: name, kubeNamespace }]]),
    currentContext: name,
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? "doesn't exist" : "can't be read";
    throw new ClusterError({
      code: 'KUBECONFIG_INVALID',
      message: `the kubeconfig ${file} ${reason}`,
      hint: 'check --kubeconfig and KUBECONFIG',
      details: { file },
      cause,
    });
  }
}

/** Base64 of a cluster's CA, from the entry or its file. @throws ClusterError `KUBECONFIG_INVALID` */
export function readCaData(cluster: ClusterEntry): string | undefined {
  return cluster.caFile === undefined ? cluster.caData : Buffer.from(read(cluster.caFile)).toString('base64');
}
