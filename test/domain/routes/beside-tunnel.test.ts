import { describe, expect, it } from 'vitest';
import { Cidr } from '../../../src/domain/netstack/address/cidr.ts';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import { isDecided, placeOf, reachesNamedAddresses } from '../../../src/domain/routes/beside-tunnel.ts';

const cidrs = (...texts: readonly string[]): readonly Cidr[] => texts.flatMap((text) => Cidr.parse(text) ?? []);
const places = {
  networks: { cluster: cidrs('10.96.0.0/12', '10.244.0.0/16', '52.1.2.3/32'), laptop: cidrs('10.97.0.0/16', '10.8.0.1/32') },
  ownNetworks: cidrs('192.168.1.0/24', '10.8.0.0/16'),
};

describe('an address that the cluster’s DNS gave', () => {
  it.each([
    ['a Service', '10.96.7.7', 'tunnel'],
    ['a pod', '10.244.1.9', 'tunnel'],
    ['a database on the internet, of --also-proxy', '52.1.2.3', 'tunnel'],
    ['what --never-proxy keeps', '10.97.0.9', 'machine'],
    ['a private database', '10.20.3.4', 'beside'],
    ['another private one', '172.20.0.1', 'beside'],
    ['one of a provider’s shared range', '100.72.0.1', 'beside'],
    ['one that stands for a private one in tests', '198.51.100.10', 'beside'],
    ['a private one by IPv6', 'fd12::1', 'beside'],
    ['a printer at home', '192.168.1.20', 'machine'],
    ['one behind the VPN', '10.8.3.4', 'machine'],
    ['the internet', '140.82.121.4', 'machine'],
    ['the internet by IPv6', '2606:4700::1111', 'machine'],
    ['the loopback', '127.0.0.1', 'machine'],
    ['one of the link alone', '169.254.169.254', 'machine'],
    ['many', '224.0.0.251', 'machine'],
    ['nobody', '0.0.0.0', 'machine'],
  ])('%s', (_what, address, expected) => {
    expect(placeOf(ip(address), places)).toBe(expected);
  });

  it('is decided by the networks of either side', () => {
    const decided = ['10.96.7.7', '10.8.0.1', '10.8.0.2', '140.82.121.4'].filter((address) => isDecided(ip(address), places.networks));
    expect(decided).toEqual(['10.96.7.7', '10.8.0.1']);
  });

  it('needs a tunnel that learns, or one that takes all', () => {
    expect((['connections', 'networks', 'none'] as const).filter(reachesNamedAddresses)).toEqual(['connections', 'none']);
  });
});
