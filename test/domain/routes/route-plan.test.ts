import { describe, expect, it } from 'vitest';
import { Cidr } from '../../../src/domain/netstack/address/cidr.ts';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import { decideRoute, type Learnt, type RoutePlan } from '../../../src/domain/routes/route-plan.ts';

const cidrs = (...texts: string[]): readonly Cidr[] => texts.map((text) => Cidr.parse(text)!);

const plan: RoutePlan = {
  hostAddress: ip('198.19.255.1'),
  neverProxy: cidrs('10.96.9.0/24', '198.19.255.1/32', '203.0.113.7/32'),
  alsoProxy: cidrs('192.0.2.0/24', '10.96.9.9/32', 'fd11::/16'),
  clusterRanges: cidrs('10.96.0.0/16', '10.244.0.0/16', 'fd00:10::/64'),
};

describe('decideRoute', () => {
  it.each<[destination: string, learnt: Learnt, side: string, reason: string]>([
    ['198.19.255.1', undefined, 'laptop-loopback', 'the laptop, by its name in the session'],
    ['10.96.9.1', undefined, 'laptop', '--never-proxy 10.96.9.0/24'],
    ['10.96.9.9', 'cluster', 'laptop', '--never-proxy 10.96.9.0/24'],
    ['203.0.113.7', 'cluster', 'laptop', '--never-proxy 203.0.113.7/32'],
    ['192.0.2.5', undefined, 'cluster', '--also-proxy 192.0.2.0/24'],
    ['fd11::5', undefined, 'cluster', '--also-proxy fd11::/16'],
    ['10.96.7.7', undefined, 'cluster', 'cluster range 10.96.0.0/16'],
    ['10.244.255.255', undefined, 'cluster', 'cluster range 10.244.0.0/16'],
    ['fd00:10::9', undefined, 'cluster', 'cluster range fd00:10::/64'],
    ['203.0.113.5', 'cluster', 'cluster', "the cluster's DNS gave this address"],
    ['203.0.113.5', undefined, 'laptop', "not the cluster's"],
    ['10.96.7.7', 'never-proxy', 'laptop', 'an address of a name of --never-proxy'],
    ['192.0.2.5', 'never-proxy', 'laptop', 'an address of a name of --never-proxy'],
    ['198.19.255.1', 'never-proxy', 'laptop-loopback', 'the laptop, by its name in the session'],
    ['10.97.0.0', undefined, 'laptop', "not the cluster's"],
    ['::1', undefined, 'laptop', "not the cluster's"],
  ])('%s, learnt by %s', (destination, learnt, side, reason) => {
    expect(decideRoute(plan, ip(destination), learnt)).toEqual({ side, reason });
  });
});
