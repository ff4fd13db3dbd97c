/** Whom and what the session talks to: the first line of every run. */
export interface ClusterIdentity {
  /** The kubeconfig's context. */
  readonly context: string;
  readonly cluster: string;
  /** URL of the API server. */
  readonly server: string;
  readonly kubeNamespace: string;
  /** The kubeconfig's user entry, or the impersonated user. */
  readonly user: string;
}
