import { ErrnoError } from '../errno-error.ts';
import { Cidr } from '../netstack/address/cidr.ts';
import { formatEndpoint, type Endpoint } from '../netstack/address/endpoint.ts';
import { ip } from '../netstack/address/ip-address.ts';
import type { ClusterRange } from '../ports/cluster/ranges.ts';
import type { ObjectStore } from './object-store.ts';
import { selects, type PodObject, type ServiceObject } from './playground-objects.ts';

/** The playground's networks: those of k3s. */
export const podNetwork = network('10.42.0.0', 16);
export const serviceNetwork = network('10.43.0.0', 16);

/** What the playground says of its networks. */
export const playgroundRanges: readonly ClusterRange[] = [
  { cidr: serviceNetwork.toString(), kind: 'service', source: 'the playground' },
  { cidr: podNetwork.toString(), kind: 'pod', source: 'the playground' },
];

/** Where a connection ends: a pod, and the port there. */
export interface PodEndpoint {
  readonly pod: PodObject;
  readonly port: number;
}

/**
 * Who answers at an address: a Service's ready pods, by chance, or the pod itself.
 * @param chance - 0 up to, but without, 1
 * @throws ErrnoError `ECONNREFUSED` for a Service without ready pods or without that port, `EHOSTUNREACH` for an address of nobody, `ENETUNREACH` for
 * what isn't the playground's: it has no internet
 */
export function destinationOf(objects: ObjectStore, destination: Endpoint, chance: number): PodEndpoint {
  const { address, port } = destination;
  const service = objects.all('Service').find(({ clusterIp }) => clusterIp.equals(address));
  if (service) return throughService(objects, service, { port, chance });
  const pod = objects.all('Pod').find((one) => one.address.equals(address));
  if (pod) return { pod, port };
  const isOurs = podNetwork.contains(address) || serviceNetwork.contains(address);
  throw isOurs
    ? new ErrnoError('EHOSTUNREACH', `nobody in the playground has the address of ${formatEndpoint(destination)}`)
    : new ErrnoError('ENETUNREACH', `${formatEndpoint(destination)} is outside of the playground`);
}

/** The ready pods of a Service, in the order in which they came. */
export function endpointsOf(objects: ObjectStore, { kubeNamespace, selector }: ServiceObject): readonly PodObject[] {
  if (selector === undefined) return [];
  return objects.all('Pod').filter((pod) => pod.ready && pod.kubeNamespace === kubeNamespace && selects(selector, pod.labels));
}

function throughService(objects: ObjectStore, service: ServiceObject, { port, chance }: { port: number; chance: number }): PodEndpoint {
  const endpoints = endpointsOf(objects, service);
  const pod = endpoints[Math.floor(chance * endpoints.length)];
  const wanted = service.ports.find((one) => one.port === port);
  if (!wanted) throw new ErrnoError('ECONNREFUSED', `the Service ${service.name} has no port ${port}`);
  if (!pod) throw new ErrnoError('ECONNREFUSED', `the Service ${service.name} leads to no ready pod`);
  return { pod, port: wanted.targetPort };
}

function network(address: string, prefixLength: number): Cidr {
  const cidr = Cidr.of(ip(address), prefixLength);
  if (!cidr) throw new RangeError(`not a network: ${address}/${prefixLength}`);
  return cidr;
}
