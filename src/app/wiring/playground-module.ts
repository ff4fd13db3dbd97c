import type { Container } from 'inversify';
import { channelOfUnixSocket } from '../../adapters/host/socket-channel.ts';
import { LocalPlayground } from '../../adapters/playground/server/local-playground.ts';
import { playgroundFolder } from '../cli/state-paths.ts';
import { tokens } from './tokens.ts';

/** Playgrounds: their pods' namespaces are the backend tun's. */
export function bindPlayground(container: Container): void {
  container.bind(tokens.playground).toResolvedValue(
    ({ environment, home, files }, tunnel) => {
      const folder = playgroundFolder(environment, home);
      return new LocalPlayground({ folder, tunnel, asChannel: channelOfUnixSocket }, files.shop);
    },
    [tokens.context, tokens.tunTunnel],
  );
}
