import type { Credential } from './credential-source.ts';
import type { ClusterEntry, ExecEntry } from './kubeconfig-entries.ts';

/** A plugin's answer; `Infinity` where it names no end. */
export interface ExecAnswer {
  readonly credential: Credential;
  readonly expiresAtMs: number;
}

/**
 * The value of KUBERNETES_EXEC_INFO that tells a plugin which version to answer in, and of which cluster where it asks.
 * @see {@link https://kubernetes.io/docs/reference/config-api/client-authentication.v1/ | client.authentication.k8s.io/v1}
 */
export function execInfo(exec: ExecEntry, cluster: ClusterEntry, caData: string | undefined): string {
  const clusterInfo = {
    server: cluster.server,
    'tls-server-name': cluster.tlsServerName,
    'insecure-skip-tls-verify': cluster.skipTlsVerify || undefined,
    'certificate-authority-data': caData,
    'proxy-url': cluster.proxyUrl,
    config: cluster.execConfig,
  };
  const spec = { interactive: false, ...(exec.provideClusterInfo ? { cluster: clusterInfo } : {}) };
  return JSON.stringify({ kind: 'ExecCredential', apiVersion: exec.apiVersion, spec });
}

/** @returns the credential in `output`, or what is wrong with it: never a part of it, which may be a secret */
export function parseExecCredential(output: string): ExecAnswer | string {
  let document: { kind?: unknown; status?: Readonly<Record<string, unknown>> | null };
  try {
    document = (JSON.parse(output) as typeof document | null) ?? {};
  } catch {
    return "its answer isn't JSON";
  }
  const status = document.status ?? {};
  const token = textOf(status['token']);
  const certificate = textOf(status['clientCertificateData']);
  const key = textOf(status['clientKeyData']);
  if (document.kind !== 'ExecCredential') return "its answer isn't an ExecCredential";
  if (token === undefined && (certificate === undefined || key === undefined))
    return 'its answer has neither a token nor a certificate with its key';
  const end = Date.parse(textOf(status['expirationTimestamp']) ?? '');
  return { credential: { token, certificate, key }, expiresAtMs: Number.isNaN(end) ? Infinity : end };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
