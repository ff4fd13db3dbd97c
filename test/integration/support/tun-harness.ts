import { channelOfDescriptor } from '../../../src/adapters/host/socket-channel.ts';
import { listenOnDescriptor } from '../../../src/adapters/host/socket-listener.ts';
import { TunTunnel } from '../../../src/adapters/tun/tun-tunnel.ts';
import type { TunnelHarness } from '../../conformance/tunnel-harness.ts';
import { nativeFiles, type RealTunnelBed } from './real-tunnel.ts';

export function tunHarness(bed: RealTunnelBed, device: 'best' | 'plain'): TunnelHarness {
  return {
    ...bed.harness,
    capabilities: {
      udp: true,
      ipv6: true,
      refusedConnects: true,
      resets: true,
      unknownNames: true,
      rootless: true,
      isolated: true,
      staticPrograms: true,
      privateFiles: true,
      containedProcesses: true,
      ownLocalhost: true,
      routing: 'connections',
    },
    setup: () => Promise.resolve(new TunTunnel(nativeFiles, { connected: channelOfDescriptor, listening: listenOnDescriptor }, device)),
    teardown: () => Promise.resolve(),
  };
}
