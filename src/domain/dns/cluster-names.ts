/** As of a cluster whose pods say nothing else. */
const usualDomain = 'cluster.local';

/** @param search - of a pod, whose first domain is `NAMESPACE.svc.DOMAIN` @returns the domain that the cluster's DNS answers for by itself */
export function clusterDomainOf(search: readonly string[]): string {
  for (const entry of search) {
    const domain = /^[^.]+\.svc\.(.+)$/.exec(entry)?.[1];
    if (domain !== undefined) return domain;
  }
  return usualDomain;
}

/** Whether the cluster's DNS asks nobody else for `name`. Reverse names may be its own: who else would know them? */
export function isOfCluster(name: string, domain: string): boolean {
  return [domain, 'in-addr.arpa', 'ip6.arpa'].some((zone) => name === zone || name.endsWith(`.${zone}`));
}
