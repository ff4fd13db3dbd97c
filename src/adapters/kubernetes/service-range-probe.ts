/** A Service that the API is bound to refuse, naming the range that its address should be of. Only ever sent as a dry run. */
export interface RangeProbe {
  readonly body: object;
}

/** One for each address family; a single-stack cluster refuses the other family for another reason. Addresses are those of documentation (RFC 5737, RFC 3849). */
export const rangeProbes: readonly RangeProbe[] = [probe('IPv4', '192.0.2.1'), probe('IPv6', '2001:db8::1')];

/** @returns the networks in the API's message ("The range of valid IPs is 10.96.0.0/16"); none where it says something else */
export function rangesInRefusal(message: string): readonly string[] {
  return [...message.matchAll(/range of valid IPs is ([0-9a-fA-F.:]+\/\d{1,3})/g)]
    .map((match) => match[1] ?? '')
    .filter((cidr) => cidr !== '');
}

function probe(family: 'IPv4' | 'IPv6', clusterIP: string): RangeProbe {
  return {
    body: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { generateName: 'inpod-range-' },
      spec: { type: 'ClusterIP', clusterIP, ipFamilies: [family], ipFamilyPolicy: 'SingleStack', ports: [{ port: 80 }] },
    },
  };
}
