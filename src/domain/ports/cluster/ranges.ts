/** Networks that are the cluster's, and where the knowledge came from. */
export interface ClusterRange {
  /** CIDR text. */
  readonly cidr: string;
  readonly kind: 'service' | 'pod';
  /** For people: `ServiceCIDR kubernetes`, `Node node1`, `the API's own error message`, `Services one may list`. */
  readonly source: string;
}

/** Finds the cluster's ranges with the rights there are. */
export interface ClusterRanges {
  /** Best sources first; a source that the rights forbid is passed over. An empty answer is possible. @throws ClusterError `API_UNREACHABLE`, `UNAUTHORIZED` */
  discoverRanges(signal: AbortSignal): Promise<readonly ClusterRange[]>;
  /**
   * Tells ranges that come later, and some of `known` again, until `signal` aborts: of the sources that `known` came from. Resolves then, or as soon as the
   * rights give nothing to watch; trouble with the API is waited out. Never rejects.
   */
  watchRanges(known: readonly ClusterRange[], found: (range: ClusterRange) => void, signal: AbortSignal): Promise<void>;
}
