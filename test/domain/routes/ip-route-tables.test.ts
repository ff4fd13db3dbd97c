import { describe, expect, it } from 'vitest';
import { Cidr } from '../../../src/domain/netstack/address/cidr.ts';
import { ipRoutes } from '../../../src/domain/routes/ip-route-tables.ts';
import { findOverlaps } from '../../../src/domain/routes/route-overlap.ts';

interface Host {
  /** Lines of `ip -json route show table all`, behind those that every machine has. */
  readonly routes: readonly object[];
  /** Lines of `ip -json rule show`, beside the three that every machine has. */
  readonly rules?: readonly object[];
}

const usualRoutes = [
  { dst: 'default', gateway: '192.168.1.1', dev: 'wlan0', protocol: 'dhcp', flags: [] },
  { dst: '192.168.1.0/24', dev: 'wlan0', protocol: 'kernel', scope: 'link', prefsrc: '192.168.1.7', flags: [] },
  { type: 'local', dst: '127.0.0.0/8', dev: 'lo', table: 'local', protocol: 'kernel', flags: [] },
  { type: 'local', dst: '10.96.0.77', dev: 'wlan0', table: 'local', protocol: 'kernel', flags: [] },
  { type: 'broadcast', dst: '192.168.1.255', dev: 'wlan0', table: 'local', protocol: 'kernel', flags: [] },
];
const usualRules = [
  { priority: 0, src: 'all', table: 'local' },
  { priority: 32766, src: 'all', table: 'main' },
  { priority: 32767, src: 'all', table: 'default' },
];
const unlessMarked = { priority: 32765, not: null, src: 'all', fwmark: '0xca6c', table: '51820' };

const hosts: Readonly<Record<string, Host & { readonly found: readonly string[]; readonly overlaps: readonly string[] }>> = {
  'nothing but its office': { routes: [], found: [], overlaps: [] },
  'WireGuard, full tunnel': {
    routes: [
      { dst: 'default', dev: 'wg0', table: '51820', scope: 'link', flags: [] },
      { dst: '10.8.0.0/24', dev: 'wg0', protocol: 'kernel', flags: [] },
    ],
    rules: [{ priority: 32764, src: 'all', table: 'main', suppress_prefixlen: 0 }, unlessMarked],
    found: ['10.8.0.0/24 wg0'],
    overlaps: [],
  },
  'WireGuard, split tunnel': {
    routes: [{ dst: '10.96.0.0/12', dev: 'wg0', table: '51820', scope: 'link', flags: [] }],
    rules: [unlessMarked],
    found: ['10.96.0.0/12 wg0 51820'],
    overlaps: ['10.96.0.0/12 wg0 10.96.0.0/16'],
  },
  'WireGuard that is down: no rule leads to its table': {
    routes: [{ dst: '10.96.0.0/12', dev: 'wg0', table: '51820', scope: 'link', flags: [] }],
    found: [],
    overlaps: [],
  },
  'Tailscale with a subnet router': {
    routes: [
      { dst: '100.100.100.100', dev: 'tailscale0', table: '52', flags: [] },
      { dst: '10.244.0.0/16', dev: 'tailscale0', table: '52', flags: [] },
      { type: 'throw', dst: '127.0.0.0/8', table: '52', flags: [] },
    ],
    rules: [
      { priority: 5210, src: 'all', fwmark: '0x80000', fwmask: '0xff0000', table: 'main' },
      { priority: 5250, src: 'all', fwmark: '0x80000', fwmask: '0xff0000', type: 'unreachable' },
      { priority: 5270, src: 'all', table: '52' },
    ],
    found: ['100.100.100.100/32 tailscale0 52', '10.244.0.0/16 tailscale0 52'],
    overlaps: ['10.244.0.0/16 tailscale0 10.244.0.0/16'],
  },
  'IPsec (strongSwan)': {
    routes: [{ dst: '10.0.0.0/8', gateway: '192.168.1.1', dev: 'wlan0', table: '220', protocol: 'static', flags: [] }],
    rules: [{ priority: 220, src: 'all', table: '220' }],
    found: ['10.0.0.0/8 wlan0 220'],
    overlaps: ['10.0.0.0/8 wlan0 10.96.0.0/16', '10.0.0.0/8 wlan0 10.244.0.0/16'],
  },
  'an office VPN of 10/8': {
    routes: [{ dst: '10.0.0.0/8', gateway: '10.9.0.1', dev: 'tun0', flags: [] }],
    found: ['10.0.0.0/8 tun0'],
    overlaps: ['10.0.0.0/8 tun0 10.96.0.0/16', '10.0.0.0/8 tun0 10.244.0.0/16'],
  },
  'Docker’s bridge over a pod range': {
    routes: [{ dst: '172.17.0.0/16', dev: 'docker0', protocol: 'kernel', scope: 'link', prefsrc: '172.17.0.1', flags: ['linkdown'] }],
    found: ['172.17.0.0/16 docker0'],
    overlaps: ['172.17.0.0/16 docker0 172.17.0.0/20'],
  },
  'sshuttle’s tproxy, and a proxy by marks': {
    routes: [
      { type: 'local', dst: 'default', dev: 'lo', table: '100', scope: 'host', flags: [] },
      { dst: '10.96.0.0/16', dev: 'proxy0', table: '200', flags: [] },
    ],
    rules: [
      { priority: 32000, src: 'all', fwmark: '0x1', table: '100' },
      { priority: 32001, src: 'all', fwmark: '0x2', table: '200' },
    ],
    found: [],
    overlaps: [],
  },
  'tables for a card and for a sender': {
    routes: [
      { dst: '10.96.0.0/16', dev: 'vm0', table: '7', flags: [] },
      { dst: '10.96.0.0/16', dev: 'vm1', table: '8', flags: [] },
      { dst: '10.96.0.0/16', dev: 'vm2', table: 'own', flags: [] },
    ],
    rules: [
      { priority: 100, src: 'all', iif: 'vm0', table: '7' },
      { priority: 101, src: '10.5.0.0', srclen: 16, table: '8' },
      { priority: 102, src: 'all', iif: 'lo', table: 'own' },
    ],
    found: ['10.96.0.0/16 vm2 own'],
    overlaps: ['10.96.0.0/16 vm2 10.96.0.0/16'],
  },
  'several ways to one network, blocked ones, link-local ones': {
    routes: [
      { dst: '10.96.0.0/16', nexthops: [{ dev: 'tun0' }, { dev: 'tun1' }], flags: [] },
      { dst: '10.96.0.0/16', dev: 'tun0', metric: 7, flags: [] },
      { type: 'unreachable', dst: '10.0.0.0/8', flags: [] },
      { type: 'blackhole', dst: '10.244.0.0/16', flags: [] },
      { dst: '169.254.0.0/16', dev: 'wlan0', flags: [] },
      { dst: '10.96.7.0/24', dev: 'lo', flags: [] },
    ],
    found: ['10.96.0.0/16 tun0', '10.96.0.0/16 tun1'],
    overlaps: ['10.96.0.0/16 tun0 10.96.0.0/16', '10.96.0.0/16 tun1 10.96.0.0/16'],
  },
  IPv6: {
    routes: [
      { dst: 'fd00:10:96::/64', dev: 'wg0', table: '51820', metric: 1024, flags: [], pref: 'medium' },
      { dst: 'fe80::/64', dev: 'wg0', protocol: 'kernel', metric: 256, flags: [], pref: 'medium' },
      { type: 'multicast', dst: 'ff00::/8', dev: 'wg0', table: 'local', flags: [] },
    ],
    rules: [unlessMarked],
    found: ['fd00:10:96::/64 wg0 51820'],
    overlaps: ['fd00:10:96::/64 wg0 fd00:10:96::/112'],
  },
};

describe('ipRoutes', () => {
  const clusterRanges = ['10.96.0.0/16', '10.244.0.0/16', '172.17.0.0/20', 'fd00:10:96::/112'].map((text) => Cidr.parse(text)!);

  it.each(Object.entries(hosts))('tells of a machine with %s, and so its overlaps with a cluster', (_name, host) => {
    const routes = ipRoutes(JSON.stringify([...usualRoutes, ...host.routes]), JSON.stringify([...usualRules, ...(host.rules ?? [])]));
    const found = routes?.map(({ cidr, interfaceName, table }) => [cidr, interfaceName, table ?? ''].join(' ').trim());
    expect(found).toEqual(['192.168.1.0/24 wlan0', ...host.found]);
    const overlaps = findOverlaps({ clusterRanges, neverProxy: [], alsoProxy: [] }, routes ?? []);
    expect(overlaps.map((one) => `${one.network} ${one.interfaceName} ${one.clusterRange}`)).toEqual(host.overlaps);
  });

  it.each<[what: string, routes: string, rules: string, routesFound: number | undefined]>([
    ['a machine without any', '', '', 0],
    ['one that has rules alone', '[]\n', JSON.stringify(usualRules), 0],
    ['what is no JSON: an ip that is too old', 'default via 192.168.1.1 dev wlan0', '[]', undefined],
    ['what is no list', '{}', '[]', undefined],
    ['rules that are none', '[]', '0:\tfrom all lookup local', undefined],
    [
      'lines that are none',
      '[null,7,{},{"dst":"nonsense","dev":"x"},{"dst":7,"dev":"x"},{"dst":"10.0.0.0/8"}]',
      JSON.stringify(usualRules),
      0,
    ],
  ])('%s', (_what, routes, rules, count) => {
    expect(ipRoutes(routes, rules)?.length).toBe(count);
  });
});
