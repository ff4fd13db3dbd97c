/** A kubeconfig's entries as values: what this adapter reads of clientcmd's v1 Config. Paths are absolute. */

/** @see {@link https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#Cluster | kubeconfig v1, Cluster} */
export interface ClusterEntry {
  readonly name: string;
  readonly server: string;
  readonly caFile?: string | undefined;
  /** Base64 of PEM. */
  readonly caData?: string | undefined;
  readonly skipTlsVerify: boolean;
  readonly tlsServerName?: string | undefined;
  readonly proxyUrl?: string | undefined;
  /** What exec plugins that ask for the cluster's information get (`client.authentication.k8s.io/exec` extension). */
  readonly execConfig?: unknown;
}

/** A program that makes credentials. @see {@link https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#ExecConfig | ExecConfig} */
export interface ExecEntry {
  readonly apiVersion: string;
  /** Looked up in PATH, unless it has a slash. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly installHint?: string | undefined;
  readonly provideClusterInfo: boolean;
  readonly interactiveMode?: string | undefined;
}

/** Whom to act as; the names of the Impersonate headers. */
export interface ImpersonationEntry {
  readonly user?: string | undefined;
  readonly uid?: string | undefined;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** @see {@link https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#AuthInfo | kubeconfig v1, AuthInfo} */
export interface UserEntry {
  readonly name: string;
  readonly certFile?: string | undefined;
  readonly certData?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly keyData?: string | undefined;
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly exec?: ExecEntry | undefined;
  /** The older built-in providers (oidc, gcp, azure), as client-node takes them. */
  readonly authProvider?: unknown;
  readonly impersonate: ImpersonationEntry;
}

export interface ContextEntry {
  readonly name: string;
  readonly cluster: string;
  readonly user: string;
  readonly kubeNamespace?: string | undefined;
}

/** One file's content, or that of several merged. */
export interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, ClusterEntry>;
  readonly users: ReadonlyMap<string, UserEntry>;
  readonly contexts: ReadonlyMap<string, ContextEntry>;
  readonly currentContext?: string | undefined;
}
