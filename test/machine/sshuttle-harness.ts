import { delimiter } from 'node:path';
import { makeSshuttle } from '../../src/app/wiring/sshuttle-module.ts';
import type { TunnelHarness } from '../conformance/tunnel-harness.ts';
import { nativeFiles, type RealTunnelBed } from '../integration/support/real-tunnel.ts';
import { MemoryNetworkPod } from '../support/memory-network-pod.ts';

/** @param folder - of an sshuttle that is to be found before the system's */
export function sshuttleHarness(bed: RealTunnelBed, folder?: string): TunnelHarness {
  let pod: MemoryNetworkPod;
  const searchPath = [...(folder === undefined ? [] : [folder]), process.env['PATH']].join(delimiter);
  return {
    ...bed.harness,
    capabilities: {
      udp: false,
      ipv6: true,
      refusedConnects: false,
      resets: false,
      unknownNames: true,
      rootless: false,
      isolated: false,
      staticPrograms: true,
      privateFiles: false,
      containedProcesses: true,
      ownLocalhost: false,
      routing: 'networks',
    },
    // It listens with a backlog of 10: of more, some wait a second, and the kernel may reset some.
    connectsAtOnce: 10,
    setup: async () => {
      pod = await MemoryNetworkPod.open('10.244.3.17', 'fd00:10:244::17');
      return makeSshuttle({ environment: { ...process.env, PATH: searchPath }, sessionsFolder: bed.folder, files: nativeFiles });
    },
    pod: async (network) => {
      pod.moveTo(network);
      return pod.services;
    },
    teardown: () => pod.close(),
  };
}
