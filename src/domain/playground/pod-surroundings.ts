import { sessionAddresses } from '../session/session-addresses.ts';
import { clusterDomain } from './cluster-zone.ts';
import type { ObjectStore } from './object-store.ts';
import type { PodObject, ServiceObject } from './playground-objects.ts';

/** Names and values. */
export type Variables = Readonly<Record<string, string>>;

/** The PATH of a stock image. */
export const containerPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The variables that a kubelet gives a container: its hostname, and the Services there are when it starts, of its own namespace and the API's.
 * @see {@link https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables | Environment variables}
 */
export function podVariables(objects: ObjectStore, { name, kubeNamespace }: PodObject): Variables {
  const services = objects.all('Service').filter((service) => service.kubeNamespace === kubeNamespace || isApi(service));
  return Object.assign({ HOSTNAME: name }, ...services.map(serviceVariables)) as Variables;
}

/** The pod's /etc/resolv.conf: short names are looked for in its own namespace first. */
export function podResolvConf(kubeNamespace: string): string {
  const search = [`${kubeNamespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain].join(' ');
  return `search ${search}\nnameserver ${sessionAddresses.gateway.toString()}\noptions ndots:5\n`;
}

/** The pod's /etc/hosts. */
export function podHosts({ name, address }: PodObject): string {
  const own = ['127.0.0.1\tlocalhost', '::1\tlocalhost ip6-localhost ip6-loopback', `${address.toString()}\t${name}`];
  return `# Kubernetes-managed hosts file.\n${own.join('\n')}\n`;
}

function isApi({ name, kubeNamespace }: ServiceObject): boolean {
  return name === 'kubernetes' && kubeNamespace === 'default';
}

/** `WEB_SERVICE_HOST` and its like, and those that Docker's links had: `WEB_PORT_80_TCP_ADDR`. */
function serviceVariables({ name, clusterIp, ports }: ServiceObject): Variables {
  const prefix = name.toUpperCase().replaceAll('-', '_');
  const host = clusterIp.toString();
  const [first] = ports;
  if (!first) return {};
  const links = ports.map(({ port }) => linkVariables(`${prefix}_PORT_${port}_TCP`, host, port));
  const named = ports.map((port) => [`${prefix}_SERVICE_PORT_${port.name.toUpperCase().replaceAll('-', '_')}`, String(port.port)]);
  return {
    [`${prefix}_SERVICE_HOST`]: host,
    [`${prefix}_SERVICE_PORT`]: String(first.port),
    ...(Object.fromEntries(named) as Variables),
    [`${prefix}_PORT`]: `tcp://${host}:${first.port}`,
    ...(Object.assign({}, ...links) as Variables),
  };
}

function linkVariables(prefix: string, host: string, port: number): Variables {
  return {
    [prefix]: `tcp://${host}:${port}`,
    [`${prefix}_PROTO`]: 'tcp',
    [`${prefix}_PORT`]: String(port),
    [`${prefix}_ADDR`]: host,
  };
}
