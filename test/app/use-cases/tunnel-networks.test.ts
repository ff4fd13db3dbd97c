import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apiServerAddresses, tunnelNetworks } from '../../../src/app/use-cases/tunnel-networks.ts';
import { ip, type IpAddress } from '../../../src/domain/netstack/address/ip-address.ts';
import { instant } from '../../../src/domain/netstack/instant.ts';
import { LearnedAddresses } from '../../../src/domain/routes/learned-addresses.ts';
import { answerFromZone } from '../../fakes/memory-network.ts';
import { cidr } from '../../support/cidr.ts';

const never = new AbortController().signal;

describe('the networks of a tunnel that takes them once', () => {
  it('are what is known of the cluster and of names; what stays here is with the API server', () => {
    const now = instant(0);
    const [learned, avoided] = [new LearnedAddresses(), new LearnedAddresses()];
    learned.learn(ip('198.51.100.10'), 30, now);
    avoided.learn(ip('10.96.9.9'), 30, now);
    const routes = { clusterRanges: [cidr('10.96.0.0/16')], alsoProxy: [cidr('192.0.2.0/24')], neverProxy: [cidr('10.96.77.0/24')] };
    const places = { routes, learned, avoided, podAddresses: [ip('10.244.0.7')], apiServer: [ip('10.96.0.1')] };
    const { cluster, laptop } = tunnelNetworks(places, now);
    expect(cluster.map(String)).toEqual(['10.96.0.0/16', '10.244.0.7/32', '192.0.2.0/24', '198.51.100.10/32']);
    expect(laptop.map(String)).toEqual(['10.96.0.1/32', '10.96.9.9/32', '10.96.77.0/24']);
  });

  it('never take the way to the API server, nor what --never-proxy has, whatever else is known', () => {
    const network = fc.tuple(fc.constantFrom('10.96.0', '10.244.1', '198.51.100'), fc.nat(255), fc.integer({ min: 8, max: 32 }));
    const networks = fc.array(
      network.map(([head, low, length]) => cidr(`${head}.${low}/${length}`)),
      { maxLength: 6 },
    );
    const address = fc.tuple(fc.constantFrom('10.96.0', '10.244.1'), fc.nat(255)).map(([head, low]) => ip(`${head}.${low}`));
    const known = { known: () => [] };
    fc.assert(
      fc.property(
        networks,
        networks,
        networks,
        fc.array(address, { maxLength: 4 }),
        address,
        (clusterRanges, alsoProxy, neverProxy, podAddresses, server) => {
          const routes = { clusterRanges, alsoProxy, neverProxy };
          const places = { routes, learned: known, avoided: known, podAddresses, apiServer: [server] };
          const { cluster, laptop } = tunnelNetworks(places, instant(0));
          const leaves = (one: IpAddress): boolean => cluster.some((net) => net.contains(one)) && !laptop.some((net) => net.contains(one));
          expect(leaves(server)).toBe(false);
          for (const net of neverProxy) expect(leaves(net.address)).toBe(false);
          // All that is the cluster's is taken, but for what stays here.
          for (const net of [...clusterRanges, ...alsoProxy]) expect(cluster.some((one) => one.covers(net))).toBe(true);
          for (const net of laptop) expect([...neverProxy, cidr(server.toString())].some((one) => one.overlaps(net))).toBe(true);
        },
      ),
    );
  });

  it.each([
    ['an address', 'https://198.18.0.2:6443', ['198.18.0.2']],
    ['an IPv6 address', 'https://[fd00::2]:6443', ['fd00::2']],
    ['a name', 'https://api.example:6443', ['203.0.113.5']],
    ['a name that is not found', 'https://nobody.example', []],
  ])('leave the way to an API server of %s', async (_what, server, expected) => {
    const zone = new Map([['api.example', '203.0.113.5']]);
    const resolver = { query: async (message: Uint8Array) => answerFromZone(zone, message) };
    expect((await apiServerAddresses(server, resolver, never)).map(String)).toEqual(expected);
  });

  it('are none where the resolver is away', async () => {
    const resolver = { query: () => Promise.reject(new Error('away')) };
    expect(await apiServerAddresses('https://api.example', resolver, never)).toEqual([]);
  });
});
