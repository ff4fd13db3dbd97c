import { afterAll, describe } from 'vitest';
import { describeTunnelPort } from '../conformance/tunnel-port.suite.ts';
import { isInstalled } from './support/is-installed.ts';
import { becomeOrdinaryUser, RealTunnelBed } from './support/real-tunnel.ts';
import { torsocksHarness } from './support/torsocks-harness.ts';

describe.skipIf(!isInstalled('torsocks') || !becomeOrdinaryUser())('with torsocks installed, as an ordinary user', () => {
  const bed = new RealTunnelBed();
  afterAll(() => bed.remove());

  describeTunnelPort('TorsocksTunnel', torsocksHarness(bed));
});
