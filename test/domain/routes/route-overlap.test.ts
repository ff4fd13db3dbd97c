import { describe, expect, it } from 'vitest';
import { Cidr } from '../../../src/domain/netstack/address/cidr.ts';
import { describeOverlaps, findOverlaps, overlapName } from '../../../src/domain/routes/route-overlap.ts';

const cidrs = (...texts: readonly string[]): readonly Cidr[] => texts.map((text) => Cidr.parse(text)!);
const routes = (...texts: readonly string[]): { cidr: string; interfaceName: string }[] =>
  texts.map((text) => {
    const [cidr = '', interfaceName = ''] = text.split(' ');
    return { cidr, interfaceName };
  });

describe('findOverlaps', () => {
  const found = (laptop: readonly string[], decided: { never?: readonly string[]; also?: readonly string[] } = {}): readonly string[] => {
    const clusterRanges = cidrs('10.96.0.0/16', '10.244.0.0/16', 'fd00:10:96::/112');
    const plan = { clusterRanges, neverProxy: cidrs(...(decided.never ?? [])), alsoProxy: cidrs(...(decided.also ?? [])) };
    return findOverlaps(plan, routes(...laptop)).map((one) => `${one.network} ${one.interfaceName} ${one.clusterRange}`);
  };

  it.each<[what: string, laptop: readonly string[], overlaps: readonly string[]]>([
    ['none', ['192.168.1.0/24 wlan0', '172.17.0.0/16 docker0', 'fd00::/64 eth0'], []],
    ['a VPN within', ['10.96.3.0/24 tun0'], ['10.96.3.0/24 tun0 10.96.0.0/16']],
    ['a VPN around', ['10.0.0.0/8 wg0'], ['10.0.0.0/8 wg0 10.96.0.0/16', '10.0.0.0/8 wg0 10.244.0.0/16']],
    ['a host', ['10.244.7.7/32 ppp0'], ['10.244.7.7/32 ppp0 10.244.0.0/16']],
    ['IPv6', ['fd00:10:96::/64 wlan0'], ['fd00:10:96::/64 wlan0 fd00:10:96::/112']],
    ['a default route', ['0.0.0.0/0 eth0'], []],
    ['a VPN that takes all, in halves', ['0.0.0.0/1 tun0', '128.0.0.0/1 tun0'], []],
    ['the cluster’s own, on a node of it', ['10.244.0.0/24 cni0', '10.244.1.0/24 flannel.1', '10.96.0.1/32 kube-ipvs0'], []],
  ])('%s', (_what, laptop, overlaps) => {
    expect(found(laptop)).toEqual(overlaps);
  });

  it.each<[decided: { never?: readonly string[]; also?: readonly string[] }, overlaps: number]>([
    [{ never: ['10.96.3.0/24'] }, 0],
    [{ also: ['10.96.0.0/16'] }, 0],
    [{ never: ['10.96.3.7'] }, 1],
    [{ also: ['10.244.0.0/16'] }, 1],
  ])('what was decided is none: %j', (decided, overlaps) => {
    expect(found(['10.96.3.0/24 tun0'], decided)).toHaveLength(overlaps);
  });

  it('are told with the interface, and what to do', () => {
    const overlap = (network: string, range: string) => ({
      network: Cidr.parse(network)!,
      clusterRange: Cidr.parse(range)!,
      interfaceName: 'tun0',
    });
    expect(describeOverlaps([overlap('10.0.0.0/8', '10.96.0.0/16')], true)).toEqual({
      message:
        "this machine's networks and the cluster's overlap: 10.0.0.0/8 of tun0 and 10.96.0.0/16; there your command reaches the cluster's",
      hint: '--never-proxy 10.96.0.0/16 (or an IP of it) leaves that to this machine; --also-proxy 10.96.0.0/16 says that the cluster is meant',
    });
    const many = Array.from({ length: 5 }, (_, i) => overlap(`10.96.${i}.0/24`, '10.96.0.0/16'));
    expect(describeOverlaps(many, true).message).toContain('10.96.2.0/24 of tun0 and 10.96.0.0/16, and 2 more;');
    expect(describeOverlaps(many, true).hint).toContain('--never-proxy 10.96.0.0/24 ');
  });

  it('are told with the routing table, and as what happens to the whole machine', () => {
    const [range] = cidrs('10.96.0.0/16');
    const overlap = { network: range!, clusterRange: range!, interfaceName: 'wg0', table: '51820' };
    const { message, hint } = describeOverlaps([overlap], false);
    expect(message).toContain('10.96.0.0/16 of wg0 (table 51820) and 10.96.0.0/16; there all programs of this machine reach the cluster');
    expect(hint).toMatch(/--backend tun/);
  });

  it.each<[what: string, one: [string, string], other: [string, string], isSame: boolean]>([
    ['a piece of the cluster’s that grew', ['10.0.0.0/8', '10.244.1.4/32'], ['10.0.0.0/8', '10.244.1.4/31'], true],
    ['a piece of it elsewhere', ['10.0.0.0/8', '10.244.1.4/32'], ['10.0.0.0/8', '10.244.7.0/24'], true],
    ['the range around a VPN that grew', ['10.96.3.0/24', '10.96.3.0/24'], ['10.96.3.0/24', '10.96.0.0/16'], true],
    ['another of the cluster’s networks', ['10.0.0.0/8', '10.244.1.4/32'], ['10.0.0.0/8', '10.96.0.0/16'], false],
    ['another VPN', ['10.96.3.0/24', '10.96.0.0/16'], ['10.96.0.0/12', '10.96.0.0/16'], false],
    ['IPv6 in pieces', ['fd00::/8', 'fd00:10:244::7/128'], ['fd00::/8', 'fd00:10:244::8/128'], true],
  ])('are one: %s', (_what, [network, range], [otherNetwork, otherRange], isSame) => {
    const name = (a: string, b: string): string =>
      overlapName({ network: Cidr.parse(a)!, clusterRange: Cidr.parse(b)!, interfaceName: 'tun0' });
    expect(name(network, range) === name(otherNetwork, otherRange)).toBe(isSame);
  });
});
