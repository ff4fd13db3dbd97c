import { fileURLToPath } from 'node:url';
import { channelOfDescriptor } from '../../src/adapters/host/socket-channel.ts';
import { listenOnDescriptor } from '../../src/adapters/host/socket-listener.ts';
import { TunTunnel } from '../../src/adapters/tun/tun-tunnel.ts';
import { describeTunnelPort } from '../conformance/tunnel-port.suite.ts';
import { countProcesses } from './support/count-processes.ts';

const files = {
  launcher: fileURLToPath(new URL('../../native/build/inpod-launcher', import.meta.url)),
  nativeLibrary: fileURLToPath(new URL('../../native/build/libinpodtun.so', import.meta.url)),
};

const devices = ['best', 'plain'] as const;
for (const device of devices) {
  describeTunnelPort(`TunTunnel, TUN ${device}`, {
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
    program: [process.execPath, fileURLToPath(new URL('../conformance/tunnel-program.mjs', import.meta.url))],
    setup: () => Promise.resolve(new TunTunnel(files, { connected: channelOfDescriptor, listening: listenOnDescriptor }, device)),
    teardown: () => Promise.resolve(),
    countProcesses: (marker) => Promise.resolve(countProcesses(marker)),
  });
}
