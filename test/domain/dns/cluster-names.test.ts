import { expect, it } from 'vitest';
import { clusterDomainOf, isOfCluster } from '../../../src/domain/dns/cluster-names.ts';
import { externalServer } from '../../../src/domain/dns/external-server.ts';

it.each([
  [['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'], 'cluster.local'],
  [['office.example', 'shop.svc.k8s.corp.example'], 'k8s.corp.example'],
  [['office.example'], 'cluster.local'],
  [[], 'cluster.local'],
])('the domain of a cluster whose pods search %j is %s', (search, domain) => {
  expect(clusterDomainOf(search)).toBe(domain);
});

it.each([
  ['web.shop.svc.cluster.local', true],
  ['cluster.local', true],
  ['mycluster.local', false],
  ['db.cloud.example', false],
  ['7.0.96.10.in-addr.arpa', true],
])('%s is of the cluster: %s', (name, expected) => expect(isOfCluster(name, 'cluster.local')).toBe(expected));

it.each([
  ['what is asked for', '192.0.2.53', ['192.0.2.53'], '192.0.2.53'],
  ['the first', undefined, ['10.0.0.1'], '8.8.8.8'],
  ['the first that this machine does not use', undefined, ['8.8.8.8', '1.1.1.1'], '9.9.9.9'],
  ['the first where all are used', undefined, ['8.8.8.8', '1.1.1.1', '9.9.9.9'], '8.8.8.8'],
])('names of others are asked of %s', (_what, asked, used, expected) => expect(externalServer(asked, used)).toBe(expected));
