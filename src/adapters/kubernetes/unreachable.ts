import { AppError, ClusterError } from '../../domain/errors.ts';

/** Where a connection was meant to go. */
export interface Destination {
  readonly server: string;
  readonly proxy?: string | undefined;
}

const vpnHint = 'check network and VPN, and whether kubectl gets through: kubectl cluster-info';
const certificateHint =
  "the kubeconfig's certificate-authority and the server's certificate don't fit: get a fresh kubeconfig, or check for a proxy between";

/** What a failure of name lookup, TCP or TLS means, by Node's error code. */
const causes: Readonly<Record<string, { readonly text: string; readonly hint: string }>> = {
  ECONNREFUSED: { text: 'connection refused', hint: `is the cluster running? ${vpnHint}` },
  ECONNRESET: { text: 'the connection was reset', hint: vpnHint },
  EPIPE: { text: 'the connection was closed', hint: vpnHint },
  ENOTFOUND: { text: 'its name is unknown', hint: vpnHint },
  EAI_AGAIN: { text: 'its name could not be looked up', hint: vpnHint },
  ETIMEDOUT: { text: 'no answer in time', hint: vpnHint },
  EHOSTUNREACH: { text: 'no route to it', hint: vpnHint },
  ENETUNREACH: { text: 'no route to its network', hint: vpnHint },
  EPROTO: { text: "it doesn't speak TLS", hint: 'is the scheme of server in the kubeconfig right (http or https)?' },
  ERR_SSL_WRONG_VERSION_NUMBER: { text: "it doesn't speak TLS", hint: 'is the scheme of server in the kubeconfig right (http or https)?' },
  CERT_HAS_EXPIRED: { text: "the server's certificate has expired", hint: 'an administrator of the cluster must renew it' },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    text: "the server's certificate is for another name",
    hint: 'set tls-server-name in the kubeconfig, or use the name in the certificate',
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: { text: "the server's certificate isn't trusted", hint: certificateHint },
  SELF_SIGNED_CERT_IN_CHAIN: { text: "the server's certificate isn't trusted", hint: certificateHint },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { text: "the server's certificate isn't trusted", hint: certificateHint },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: { text: "the server's certificate isn't trusted", hint: certificateHint },
  CERT_SIGNATURE_FAILURE: { text: "the server's certificate isn't trusted", hint: certificateHint },
};

/** The error for a request that got no answer: names server, proxy if there is one, and cause. An error of ours is passed on. */
export function unreachable(cause: unknown, destination: Destination): AppError {
  if (cause instanceof AppError) return cause;
  const { server, proxy } = destination;
  const code = errnoOf(cause);
  if (code.startsWith('ERR_OSSL')) return badCertificate(code, cause);
  const known = causes[code];
  const via = proxy === undefined ? '' : ` through the proxy ${withoutPassword(proxy)}`;
  return new ClusterError({
    code: 'API_UNREACHABLE',
    message: `the API server ${server} can't be reached${via}: ${known?.text ?? (cause as Error).message}${known === undefined ? '' : ` (${code})`}`,
    hint:
      proxy === undefined
        ? (known?.hint ?? vpnHint)
        : `check proxy-url in the kubeconfig, HTTPS_PROXY and NO_PROXY; ${known?.hint ?? vpnHint}`,
    details: { server, cause: code },
    cause,
  });
}

/** A time-out that we measured ourselves. */
export function timedOut(destination: Destination, waitedMs: number, step: string): AppError {
  return unreachable(
    Object.assign(new Error(`${step}: no answer within ${waitedMs / 1000} s`), { code: `no answer within ${waitedMs / 1000} s` }),
    destination,
  );
}

/** Node joins the attempts at several addresses in an AggregateError: the first one's code says it. */
function errnoOf(cause: unknown): string {
  const { code, errors } = cause as { code?: string; errors?: readonly { code?: string }[] };
  return code ?? errors?.[0]?.code ?? 'unknown';
}

function badCertificate(code: string, cause: unknown): ClusterError {
  return new ClusterError({
    code: 'KUBECONFIG_INVALID',
    message: `a certificate or key of the kubeconfig can't be used (${code})`,
    hint: 'check certificate-authority, client-certificate and client-key in the kubeconfig',
    cause,
  });
}

function withoutPassword(proxy: string): string {
  return proxy.replace(/\/\/[^@/]*@/, '//');
}
