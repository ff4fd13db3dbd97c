import { isIP } from 'node:net';
import type { ClusterRange } from '../../domain/ports/cluster/ranges.ts';

/** @see {@link https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/service-cidr-v1/ | ServiceCIDR} */
export interface ServiceCidrView {
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly cidrs?: readonly string[] };
}

export interface NodeView {
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly podCIDR?: string; readonly podCIDRs?: readonly string[] };
}

export interface ServiceView {
  readonly spec?: { readonly clusterIP?: string; readonly clusterIPs?: readonly string[] };
}

export interface PodAddressView {
  readonly spec?: { readonly hostNetwork?: boolean };
  readonly status?: { readonly podIPs?: readonly { readonly ip?: string }[] };
}

export function rangesOfServiceCidr({ metadata, spec }: ServiceCidrView): readonly ClusterRange[] {
  return (spec?.cidrs ?? []).map((cidr) => ({ cidr, kind: 'service', source: `ServiceCIDR ${metadata.name}` }));
}

export function rangesOfNode({ metadata, spec }: NodeView): readonly ClusterRange[] {
  const cidrs = spec?.podCIDRs ?? (spec?.podCIDR === undefined ? [] : [spec.podCIDR]);
  return cidrs.map((cidr) => ({ cidr, kind: 'pod', source: `Node ${metadata.name}` }));
}

/** Its cluster addresses, one by one; a headless one has none. */
export function rangesOfService({ spec }: ServiceView): readonly ClusterRange[] {
  return hostRanges(spec?.clusterIPs ?? [spec?.clusterIP ?? ''], 'service', 'Services one may list');
}

/** Its addresses, unless they are its node's. */
export function rangesOfPod({ spec, status }: PodAddressView): readonly ClusterRange[] {
  if (spec?.hostNetwork === true) return [];
  return hostRanges((status?.podIPs ?? []).map(({ ip }) => ip ?? ''), 'pod', 'Pods one may list'); // prettier-ignore
}

function hostRanges(addresses: readonly string[], kind: ClusterRange['kind'], source: string): readonly ClusterRange[] {
  const valid = addresses.filter((address) => isIP(address) !== 0);
  return valid.map((address) => ({ cidr: `${address}/${isIP(address) === 4 ? 32 : 128}`, kind, source }));
}
