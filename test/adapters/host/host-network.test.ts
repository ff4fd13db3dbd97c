import { expect, it } from 'vitest';
import { HostNetwork } from '../../../src/adapters/host/host-network.ts';
import { Cidr } from '../../../src/domain/netstack/address/cidr.ts';

it('HostNetwork tells the routes of this machine as networks with their interfaces', async () => {
  for (const { cidr, interfaceName } of await new HostNetwork().routes()) {
    expect(Cidr.parse(cidr)?.prefixLength, cidr).toBeGreaterThan(0);
    expect(interfaceName).toMatch(/^\S+$/);
  }
});
