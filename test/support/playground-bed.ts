import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { channelOfDescriptor, channelOfUnixSocket } from '../../src/adapters/host/socket-channel.ts';
import { listenOnDescriptor } from '../../src/adapters/host/socket-listener.ts';
import { PlaygroundLocator } from '../../src/adapters/playground/playground-locator.ts';
import { PlaygroundServer } from '../../src/adapters/playground/server/playground-server.ts';
import { playgroundSocket } from '../../src/adapters/playground/playground-socket-path.ts';
import { TunTunnel } from '../../src/adapters/tun/tun-tunnel.ts';

const native = (name: string): string => fileURLToPath(new URL(`../../native/build/${name}`, import.meta.url));

/** A tunnel as the program makes it. */
export function makeTunnel(): TunTunnel {
  const files = { launcher: native('inpod-launcher'), nativeLibrary: native('libinpodtun.so') };
  return new TunTunnel(files, { connected: channelOfDescriptor, listening: listenOnDescriptor });
}

/** A playground in this process, in a folder of its own. */
export interface PlaygroundBed {
  readonly folder: string;
  readonly server: PlaygroundServer;
  readonly locator: PlaygroundLocator;
  close(): Promise<void>;
}

/** Starts a playground without a shop. */
export async function startPlayground(): Promise<PlaygroundBed> {
  const folder = join(await mkdtemp(join(tmpdir(), 'inpod-playground-')), 'playground');
  const server = await PlaygroundServer.start({ folder, tunnel: makeTunnel(), asChannel: channelOfUnixSocket });
  return {
    folder,
    server,
    locator: new PlaygroundLocator({ socketPath: playgroundSocket(folder), userName: 'ann', asChannel: channelOfUnixSocket }),
    close: async () => {
      await server.close();
      await rm(join(folder, '..'), { recursive: true, force: true });
    },
  };
}
