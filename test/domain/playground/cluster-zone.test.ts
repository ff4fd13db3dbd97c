import { describe, expect, it } from 'vitest';
import { lookUp, type ZoneRecord } from '../../../src/domain/playground/cluster-zone.ts';
import { aPod, aService, aStore } from '../../builders/playground-builders.ts';

const objects = aStore(
  aService('web', '10.43.0.2'),
  aService('db', '10.43.0.3', {
    kubeNamespace: 'data',
    ports: [
      { name: 'sql', port: 5432, targetPort: 5432 },
      { name: 'metrics', port: 9187, targetPort: 9187 },
    ],
  }),
  aPod('web-1', '10.42.0.1'),
);

describe('lookUp', () => {
  it.each([
    ['web.shop.svc.cluster.local', 'A 10.43.0.2'],
    ['db.data.svc.cluster.local', 'A 10.43.0.3'],
    ['_http._tcp.web.shop.svc.cluster.local', 'SRV web.shop.svc.cluster.local:80'],
    ['_metrics._tcp.db.data.svc.cluster.local', 'SRV db.data.svc.cluster.local:9187'],
    ['2.0.43.10.in-addr.arpa', 'PTR web.shop.svc.cluster.local'],
    ['_tcp.web.shop.svc.cluster.local', 'none of its own'],
    ['shop.svc.cluster.local', 'none of its own'],
    ['svc.cluster.local', 'none of its own'],
    ['cluster.local', 'none of its own'],
    ['_sql._tcp.web.shop.svc.cluster.local', 'unknown'],
    ['_http._udp.web.shop.svc.cluster.local', 'unknown'],
    ['web', 'unknown'],
    ['web.data.svc.cluster.local', 'unknown'],
    ['x.web.shop.svc.cluster.local', 'unknown'],
    ['empty.svc.cluster.local', 'unknown'],
    ['example.com', 'unknown'],
    ['1.0.42.10.in-addr.arpa', 'unknown'],
    ['43.10.in-addr.arpa', 'unknown'],
  ])('%s: %s', (name, expected) => {
    const answer = lookUp(objects, name);
    expect(answer === undefined ? 'unknown' : answer.map(text).join() || 'none of its own').toBe(expected);
  });
});

function text(record: ZoneRecord): string {
  if (record.type === 'A') return `A ${record.address.toString()}`;
  return record.type === 'PTR' ? `PTR ${record.name}` : `SRV ${record.target}:${record.port}`;
}
