import { makeTorsocks } from '../../../src/app/wiring/torsocks-module.ts';
import { servesSocks } from '../../conformance/socks-into.ts';
import type { TunnelHarness } from '../../conformance/tunnel-harness.ts';
import { nativeFiles, type RealTunnelBed } from './real-tunnel.ts';

export function torsocksHarness(bed: RealTunnelBed): TunnelHarness {
  return {
    ...bed.harness,
    capabilities: {
      udp: false,
      ipv6: false,
      refusedConnects: true,
      resets: true,
      unknownNames: false,
      rootless: true,
      isolated: true,
      staticPrograms: false,
      privateFiles: false,
      containedProcesses: true,
      ownLocalhost: false,
      routing: 'none',
    },
    setup: () => Promise.resolve(makeTorsocks({ environment: process.env, sessionsFolder: bed.folder, files: nativeFiles })),
    pod: async (network) => servesSocks(network),
    teardown: () => Promise.resolve(),
  };
}
