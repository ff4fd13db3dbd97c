/** Asks one side's resolver: the cluster's (through the link) or the laptop's. */
export interface ResolverPort {
  /**
   * @param message - a DNS query in wire form (RFC 1035 §4.1)
   * @returns the answer in wire form with the query's id, over UDP possibly truncated (TC)
   * @throws ResolverError `DNS_TIMEOUT` or `DNS_FAILED`
   */
  query(message: Uint8Array, transport: 'udp' | 'tcp', signal: AbortSignal): Promise<Uint8Array>;
}
