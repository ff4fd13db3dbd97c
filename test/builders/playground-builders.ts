import { ip } from '../../src/domain/netstack/address/ip-address.ts';
import { ObjectStore } from '../../src/domain/playground/object-store.ts';
import type {
  DeploymentObject,
  LeaseObject,
  PlaygroundObject,
  PodObject,
  ServiceObject,
} from '../../src/domain/playground/playground-objects.ts';

/** A pod of the namespace `shop`, ready, labelled `app: web`. */
export function aPod(name: string, address: string, parts: Partial<PodObject> = {}): PodObject {
  return {
    kind: 'Pod',
    kubeNamespace: 'shop',
    name,
    labels: { app: 'web' },
    address: ip(address),
    createdWallMs: 0,
    phase: 'Running',
    ready: true,
    ...parts,
  };
}

/** A Service of the namespace `shop` that leads port 80 to the port 8080 of pods labelled `app: web`. */
export function aService(name: string, clusterIp: string, parts: Partial<ServiceObject> = {}): ServiceObject {
  const ports = [{ name: 'http', port: 80, targetPort: 8080 }];
  return { kind: 'Service', kubeNamespace: 'shop', name, labels: {}, clusterIp: ip(clusterIp), ports, selector: { app: 'web' }, ...parts };
}

/** A Lease of the namespace `shop`. */
export function aLease(name: string, parts: Partial<LeaseObject> = {}): LeaseObject {
  const times = { durationSeconds: 30, createdWallMs: 0, renewedWallMs: 0, claims: 0, version: 1, hold: undefined };
  return { kind: 'Lease', kubeNamespace: 'shop', name, labels: {}, holder: 'ann@laptop', ...times, ...parts };
}

/** A Deployment of the namespace `shop`, of one replica, whose pods are labelled `app: web`. */
export function aDeployment(name: string, parts: Partial<DeploymentObject> = {}): DeploymentObject {
  const container = { name: 'main', tcpPorts: [8080], argv: ['server'] as const, variables: {} };
  const template = { labels: { app: 'web' }, container };
  const counts = { replicas: 1, replicasOwners: [], podsMade: 0 };
  return { kind: 'Deployment', kubeNamespace: 'shop', name, labels: {}, mark: undefined, template, ...counts, ...parts };
}

/** A store with these in it. */
export function aStore(...objects: readonly PlaygroundObject[]): ObjectStore {
  let count = 0;
  const store = new ObjectStore(() => `uid-${++count}`);
  for (const object of objects) store.add(object);
  return store;
}
