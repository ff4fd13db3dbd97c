import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import { join } from 'node:path';
import type { ApiTransport } from './api-client.ts';

/** Where the kubelet mounts the account's token and the API server's certificate authority. */
const accountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The API as a pod reaches it: for a program in the cluster, which knows no kubeconfig. The token is read for each request, since the kubelet renews it.
 * @param variables - the pod's: KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT
 */
export async function inClusterTransport(variables: Readonly<Record<string, string | undefined>>): Promise<ApiTransport> {
  const { KUBERNETES_SERVICE_HOST: host = 'kubernetes.default.svc', KUBERNETES_SERVICE_PORT: port = '443' } = variables;
  const agent = new Agent({ keepAlive: true, maxSockets: 2, ca: await readFile(join(accountFolder, 'ca.crt')) });
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    proxy: undefined,
    sign: async () => ({ agent, headers: { authorization: `Bearer ${(await readFile(join(accountFolder, 'token'), 'utf8')).trim()}` } }),
    credentialRefused: () => false,
  };
}
