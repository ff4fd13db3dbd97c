import { afterAll, describe } from 'vitest';
import { describeTunnelPort } from '../conformance/tunnel-port.suite.ts';
import { becomeOrdinaryUser, RealTunnelBed } from './support/real-tunnel.ts';
import { tunHarness } from './support/tun-harness.ts';

describe.skipIf(!becomeOrdinaryUser())('as an ordinary user', () => {
  const bed = new RealTunnelBed();
  afterAll(() => bed.remove());

  describeTunnelPort('TunTunnel', tunHarness(bed, 'best'));
});
