import { Agent as HttpAgent, type AgentOptions, type OutgoingHttpHeaders } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { AppError, ClusterError } from '../../domain/errors.ts';
import type { Credential, CredentialSource } from './credential-source.ts';
import type { ImpersonationEntry } from './kubeconfig-entries.ts';
import type { SelectedContext } from './kubeconfig-selection.ts';

/** What a request or a WebSocket's handshake adds to its own options. */
export interface SignedOptions {
  readonly agent: HttpAgent;
  readonly headers: OutgoingHttpHeaders;
  /** `NAME:PASSWORD` for basic authentication. */
  readonly auth?: string | undefined;
}

/**
 * Connections at a time, WebSockets apart. A start asks some 15 things at once: a TLS handshake for each took 220 ms, over 5 connections 140 ms,
 * where the server is near; where it is far, fewer would add round trips.
 */
const maxSockets = 6;

/**
 * How one user reaches one API server: pooled connections (so that TLS is agreed on once), the proxy, and credentials that are asked for at each
 * request, so that renewed ones reach requests and WebSockets alike. client-node signs; the pool is ours, since its agents end with their request.
 */
export class ApiConnection {
  readonly server: string;
  readonly proxy: string | undefined;
  readonly #selected: SelectedContext;
  readonly #source: CredentialSource;
  readonly #agents = new Map<string, HttpAgent>();
  #signer: { readonly credential: Credential; readonly config: KubeConfig } | undefined;

  constructor(selected: SelectedContext, source: CredentialSource, proxy: string | undefined) {
    this.server = selected.cluster.server;
    this.proxy = proxy;
    this.#selected = selected;
    this.#source = source;
  }

  /** @throws ClusterError `UNAUTHORIZED` where no credential can be had, `KUBECONFIG_INVALID` where a file of the kubeconfig can't be read */
  async sign(signal: AbortSignal): Promise<SignedOptions> {
    try {
      const credential = await this.#source.current(signal);
      const options: RequestOptions = {};
      await this.#configFor(credential).applyToHTTPSOptions(options);
      const headers = { ...(options.headers as OutgoingHttpHeaders | undefined), ...impersonationHeaders(this.#selected.user.impersonate) };
      return { agent: this.#agentFor(options), headers, ...(typeof options.auth === 'string' ? { auth: options.auth } : {}) };
    } catch (error) {
      throw error instanceof AppError ? error : this.#unsignable(error);
    }
  }

  /** Tells that the API answered 401. @returns whether signing again may help */
  credentialRefused(): boolean {
    return this.#source.refused();
  }

  /** Ends all pooled connections; open WebSockets stay. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #configFor(credential: Credential): KubeConfig {
    if (this.#signer?.credential === credential) return this.#signer.config;
    const config = new KubeConfig();
    config.loadFromOptions(clientNodeOptions(this.#selected, credential, this.proxy));
    this.#signer = { credential, config };
    return config;
  }

  /** One pool for each set of certificates: files may be renewed on disk, plugins may renew theirs. */
  #agentFor(options: RequestOptions): HttpAgent {
    const identity = [options.ca, options.cert, options.key]
      .map((part) => (Buffer.isBuffer(part) ? part.toString('latin1') : ''))
      .join('\0');
    const known = this.#agents.get(identity);
    if (known !== undefined) return known;
    const agent = this.proxy === undefined ? this.#directAgent(options) : pooled(options.agent as HttpAgent);
    this.#agents.set(identity, agent);
    return agent;
  }

  #directAgent(options: RequestOptions): HttpAgent {
    const pool: AgentOptions = { keepAlive: true, maxSockets };
    if (this.server.startsWith('http:')) return new HttpAgent(pool);
    const { ca, cert, key, servername, rejectUnauthorized } = options;
    // An absent setting must stay absent: `undefined` would override Node's own defaults.
    const tls = Object.fromEntries(
      Object.entries({ ca, cert, key, servername, rejectUnauthorized }).filter(([, value]) => value !== undefined),
    );
    return new HttpsAgent({ ...pool, ...tls });
  }

  #unsignable(cause: unknown): ClusterError {
    const { code, path, message } = cause as NodeJS.ErrnoException;
    const user = this.#selected.user.name;
    if (path !== undefined && code !== undefined) {
      return new ClusterError({
        code: 'KUBECONFIG_INVALID',
        message: `the file ${path}, named in the kubeconfig, can't be read (${code})`,
        hint: 'check certificate-authority, client-certificate and client-key in the kubeconfig',
        cause,
      });
    }
    return new ClusterError({
      code: 'UNAUTHORIZED',
      message: `no credentials could be had for the user ${JSON.stringify(user)}: ${message}`,
      hint: 'log in again, and see whether it works for kubectl: kubectl auth whoami',
      cause,
    });
  }
}

/** client-node's proxy agents take no pool options; Node's agents read these fields each time. */
function pooled(agent: HttpAgent): HttpAgent {
  return Object.assign(agent, { keepAlive: true, maxSockets });
}

function clientNodeOptions(
  selected: SelectedContext,
  credential: Credential,
  proxyUrl: string | undefined,
): Parameters<KubeConfig['loadFromOptions']>[0] {
  const { cluster, user, context } = selected;
  const base64 = (pem: string | undefined): string | undefined => (pem === undefined ? undefined : Buffer.from(pem).toString('base64'));
  return {
    // Plain http has no certificate to skip; client-node wants it said nevertheless.
    clusters: [{ ...cluster, skipTLSVerify: cluster.skipTlsVerify || cluster.server.startsWith('http:'), proxyUrl }],
    users: [
      {
        name: user.name,
        certFile: credential.certificate === undefined ? user.certFile : undefined,
        keyFile: credential.key === undefined ? user.keyFile : undefined,
        certData: base64(credential.certificate) ?? user.certData,
        keyData: base64(credential.key) ?? user.keyData,
        token: credential.token ?? user.token,
        username: user.username,
        password: user.password,
        authProvider: user.authProvider,
      },
    ],
    contexts: [{ name: context, cluster: cluster.name, user: user.name }],
    currentContext: context,
  };
}

/** @see {@link https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/ | User impersonation} */
function impersonationHeaders(impersonate: ImpersonationEntry): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  if (impersonate.user !== undefined) headers['Impersonate-User'] = impersonate.user;
  if (impersonate.uid !== undefined) headers['Impersonate-Uid'] = impersonate.uid;
  if (impersonate.groups.length > 0) headers['Impersonate-Group'] = [...impersonate.groups];
  for (const [key, values] of Object.entries(impersonate.extra)) headers[`Impersonate-Extra-${encodeURIComponent(key)}`] = [...values];
  return headers;
}
