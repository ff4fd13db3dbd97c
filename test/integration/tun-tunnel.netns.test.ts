import { afterAll } from 'vitest';
import { describeTunnelPort } from '../conformance/tunnel-port.suite.ts';
import { RealTunnelBed } from './support/real-tunnel.ts';
import { tunHarness } from './support/tun-harness.ts';

const bed = new RealTunnelBed();
afterAll(() => bed.remove());

const devices = ['best', 'plain'] as const;
for (const device of devices) describeTunnelPort(`TunTunnel, TUN ${device}`, tunHarness(bed, device));
