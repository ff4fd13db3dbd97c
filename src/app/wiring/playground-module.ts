import type { Container } from 'inversify';
import { LocalPlayground } from '../../adapters/playground/server/local-playground.ts';
import { playgroundFolder } from '../cli/state-paths.ts';
import { tokens } from './tokens.ts';

/** Playgrounds: their pods' namespaces are the backend tun's. */
export function bindPlayground(container: Container): void {
  container
    .bind(tokens.playground)
    .toResolvedValue(
      ({ environment, home, files }, tunnel) => new LocalPlayground({ folder: playgroundFolder(environment, home), tunnel }, files.shop),
      [tokens.context, tokens.tunTunnel],
    );
}
