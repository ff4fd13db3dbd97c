import type { IpAddress } from '../netstack/address/ip-address.ts';
import type { ObjectStore } from './object-store.ts';
import type { ServiceObject } from './playground-objects.ts';

/** The cluster's domain. */
export const clusterDomain = 'cluster.local';

/** One record, of the class IN. Names are without the last dot. */
export type ZoneRecord =
  | { readonly type: 'A'; readonly address: IpAddress }
  | { readonly type: 'PTR'; readonly name: string }
  | { readonly type: 'SRV'; readonly port: number; readonly target: string };

/** What the zone knows of a name: all its records, none for one that only has names below it, `undefined` for one that doesn't exist. */
export type ZoneAnswer = readonly ZoneRecord[] | undefined;

/**
 * The names of Services, as Kubernetes has them: `SERVICE.NAMESPACE.svc.cluster.local`, `_PORT._tcp.` before it, and back from the address.
 * @param name - lower case, without the last dot
 * @see {@link https://github.com/kubernetes/dns/blob/master/docs/specification.md | Kubernetes DNS-based service discovery}
 */
export function lookUp(objects: ObjectStore, name: string): ZoneAnswer {
  const services = objects.all('Service');
  if (name.endsWith('.in-addr.arpa')) return pointer(services, name);
  const found = services.flatMap((service) => recordsOf(service, name));
  if (found.length > 0) return found;
  const names = [`svc.${clusterDomain}`, ...services.flatMap(namesOf)];
  return names.some((one) => one === name || one.endsWith(`.${name}`)) ? [] : undefined;
}

/** Whether the zone answers for `name` with authority. */
export function isInZone(name: string): boolean {
  return name === clusterDomain || name.endsWith(`.${clusterDomain}`);
}

function recordsOf(service: ServiceObject, name: string): readonly ZoneRecord[] {
  const target = serviceName(service);
  if (name === target) return [{ type: 'A', address: service.clusterIp }];
  return service.ports
    .filter((port) => name === `_${port.name}._tcp.${target}`)
    .map(({ port }) => ({ type: 'SRV' as const, port, target }));
}

function namesOf(service: ServiceObject): readonly string[] {
  const name = serviceName(service);
  return [name, ...service.ports.map((port) => `_${port.name}._tcp.${name}`)];
}

function pointer(services: readonly ServiceObject[], name: string): ZoneAnswer {
  const address = name.split('.').slice(0, -2).toReversed().join('.');
  const service = services.find(({ clusterIp }) => clusterIp.toString() === address);
  return service && [{ type: 'PTR', name: serviceName(service) }];
}

function serviceName({ name, kubeNamespace }: ServiceObject): string {
  return `${name}.${kubeNamespace}.svc.${clusterDomain}`;
}
