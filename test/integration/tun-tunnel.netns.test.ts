import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { channelOfDescriptor } from '../../src/adapters/host/socket-channel.ts';
import { listenOnDescriptor } from '../../src/adapters/host/socket-listener.ts';
import { TunTunnel } from '../../src/adapters/tun/tun-tunnel.ts';
import { describeTunnelPort } from '../conformance/tunnel-port.suite.ts';

const files = {
  launcher: fileURLToPath(new URL('../../native/build/inpod-launcher', import.meta.url)),
  nativeLibrary: fileURLToPath(new URL('../../native/build/libinpodtun.so', import.meta.url)),
};

/** Processes of this machine, in whatever namespace, that have `marker` as an argument. */
function countProcesses(marker: string): number {
  return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && argumentsOf(entry).includes(marker)).length;
}

function argumentsOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // it ended meanwhile
  }
}

const devices = ['best', 'plain'] as const;
for (const device of devices) {
  describeTunnelPort(`TunTunnel, TUN ${device}`, {
    capabilities: {
      udp: true,
      refusedConnects: true,
      rootless: true,
      isolated: true,
      staticPrograms: true,
      privateFiles: true,
      containedProcesses: true,
    },
    program: [process.execPath, fileURLToPath(new URL('../conformance/tunnel-program.mjs', import.meta.url))],
    setup: () => Promise.resolve(new TunTunnel(files, { connected: channelOfDescriptor, listening: listenOnDescriptor }, device)),
    teardown: () => Promise.resolve(),
    countProcesses: (marker) => Promise.resolve(countProcesses(marker)),
  });
}
