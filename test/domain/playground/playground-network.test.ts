import { describe, expect, it } from 'vitest';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import { destinationOf } from '../../../src/domain/playground/playground-network.ts';
import { aPod, aService, aStore } from '../../builders/playground-builders.ts';

const objects = aStore(
  aService('web', '10.43.0.2'),
  aService('empty', '10.43.0.3', { selector: { app: 'nobody' } }),
  aService('bare', '10.43.0.4', { selector: undefined }),
  aPod('web-1', '10.42.0.1'),
  aPod('web-2', '10.42.0.2'),
  aPod('web-3', '10.42.0.3', { ready: false }),
  aPod('web-4', '10.42.0.4', { kubeNamespace: 'default' }),
  aPod('stock-1', '10.42.0.5', { labels: { app: 'stock' } }),
);

describe('destinationOf', () => {
  it.each([
    ['a Service, the first of its pods', '10.43.0.2', 80, 0, 'web-1 8080'],
    ['a Service, the last of its ready pods', '10.43.0.2', 80, 0.999, 'web-2 8080'],
    ['a port that the Service lacks', '10.43.0.2', 81, 0, 'ECONNREFUSED'],
    ['a Service whose selector matches nobody', '10.43.0.3', 80, 0, 'ECONNREFUSED'],
    ['a Service without selector', '10.43.0.4', 80, 0, 'ECONNREFUSED'],
    ['a pod, on whatever port', '10.42.0.5', 6379, 0, 'stock-1 6379'],
    ['a pod that is not ready', '10.42.0.3', 8080, 0, 'web-3 8080'],
    ["nobody's pod address", '10.42.9.9', 80, 0, 'EHOSTUNREACH'],
    ["nobody's Service address", '10.43.9.9', 80, 0, 'EHOSTUNREACH'],
    ['the internet', '1.1.1.1', 443, 0, 'ENETUNREACH'],
    ['IPv6', '2001:db8::1', 443, 0, 'ENETUNREACH'],
  ])('%s', (_, address, port, chance, expected) => {
    expect(outcome(() => destinationOf(objects, { address: ip(address), port }, chance))).toBe(expected);
  });
});

function outcome(find: () => ReturnType<typeof destinationOf>): string {
  try {
    const { pod, port } = find();
    return `${pod.name} ${port}`;
  } catch (error) {
    return (error as { errno: string }).errno;
  }
}
