/** Every time of this adapter, in milliseconds, so that tests can divide them. */
export interface KubernetesTimings {
  /** Name lookup, TCP, proxy and TLS together. */
  readonly connectTimeoutMs: number;
  /** A whole request, its answer included. */
  readonly requestTimeoutMs: number;
  /** An exec plugin's run: it may ask a far identity provider. */
  readonly credentialTimeoutMs: number;
  /** How long a name may be that of a pod which is being deleted: a session that ended a moment ago had it. */
  readonly nameLimitMs: number;
  /** From the pod's creation until the agent listens. */
  readonly podTimeoutMs: number;
  /** How long a pod may fit no node: an autoscaler may be adding one. */
  readonly unschedulableGraceMs: number;
  /** How long the API may be away while a pod is awaited. */
  readonly apiOutageLimitMs: number;
}

export const defaultTimings: KubernetesTimings = {
  connectTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  credentialTimeoutMs: 60_000,
  nameLimitMs: 30_000,
  podTimeoutMs: 120_000,
  unschedulableGraceMs: 20_000,
  apiOutageLimitMs: 15_000,
};
