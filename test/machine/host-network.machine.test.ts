import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HostNetwork } from '../../src/adapters/host/host-network.ts';
import { readRoutes } from '../../src/adapters/host/read-routes.ts';
import type { TableRoute } from '../../src/domain/routes/proc-route-table.ts';

const ip = (...words: readonly string[]): string => execFileSync('ip', words, { encoding: 'utf8' });

/** As WireGuard, or Tailscale, sets a VPN up: its networks are in a table of their own. */
const vpn = ['10.96.0.0/12 dev vpn0 table 51820', 'throw 127.0.0.0/8 table 51820', 'default dev vpn0 table 51820'];
const vpn6 = 'fd00:10:96::/64 dev vpn0 table 51820';
const families = ['-4', '-6'] as const;

describe('a VPN whose routes are in a table of its own', () => {
  beforeEach(() => {
    ip('link', 'add', 'vpn0', 'type', 'veth', 'peer', 'name', 'vpn1');
    for (const card of ['vpn0', 'vpn1']) ip('link', 'set', card, 'up');
    for (const route of vpn) ip('route', 'add', ...route.split(' '));
    ip('-6', 'route', 'add', ...vpn6.split(' '));
    for (const family of families) ip(family, 'rule', 'add', 'not', 'fwmark', '51820', 'table', '51820');
  });
  afterEach(() => {
    for (const family of families) ip(family, 'rule', 'del', 'not', 'fwmark', '51820', 'table', '51820');
    ip('link', 'del', 'vpn0');
    ip('route', 'flush', 'table', '51820');
  });

  it('is among the networks of this machine, with the table; its default route is not', async () => {
    const routes = await new HostNetwork().routes();
    expect(routes.filter(({ interfaceName }) => interfaceName === 'vpn0')).toEqual<TableRoute[]>([
      { cidr: '10.96.0.0/12', interfaceName: 'vpn0', table: '51820' },
      { cidr: 'fd00:10:96::/64', interfaceName: 'vpn0', table: '51820' },
    ]);
    expect(routes).toContainEqual({ cidr: '10.99.0.0/24', interfaceName: 'office0' });
    expect(routes).toContainEqual({ cidr: 'fd99::/64', interfaceName: 'office0' });
  });

  it('is not where no rule leads to its table', async () => {
    ip('rule', 'del', 'not', 'fwmark', '51820', 'table', '51820');
    try {
      expect(await readRoutes()).not.toContainEqual(expect.objectContaining({ cidr: '10.96.0.0/12' }));
    } finally {
      ip('rule', 'add', 'not', 'fwmark', '51820', 'table', '51820');
    }
  });

  it('where there is no ip, what /proc tells is told', async () => {
    const routes = await readRoutes('/nowhere');
    expect(routes).toContainEqual({ cidr: '10.99.0.0/24', interfaceName: 'office0' });
    expect(routes).toContainEqual({ cidr: 'fd99::/64', interfaceName: 'office0' });
    expect(routes).not.toContainEqual(expect.objectContaining({ cidr: '10.96.0.0/12' }));
  });
});
