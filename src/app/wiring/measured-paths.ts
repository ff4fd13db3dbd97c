import type { Container } from 'inversify';
import { SessionPath, type SessionPathSettings } from '../../adapters/measuring/session-path.ts';
import { builtBackends, type BackendName } from '../../domain/backend/backend-names.ts';
import type { MeasuredPathPort } from '../../domain/ports/measured-path-port.ts';
import type { TunnelPort } from '../../domain/ports/tunnel-port.ts';
import { tokens } from './tokens.ts';

/** The backends that there are, in the order of the table, or just the one that is asked for. */
export function benchTunnels(container: Pick<Container, 'get'>, only: BackendName | 'auto'): readonly TunnelPort[] {
  const all = builtBackends.map((name) => container.get(tokens[`${name}Tunnel` as const]));
  return only === 'auto' ? all : all.filter(({ name }) => name === only);
}

/** What a benchmark measures: our backends first. */
export function measuredPaths(tunnels: readonly TunnelPort[], settings: SessionPathSettings): readonly MeasuredPathPort[] {
  return tunnels.map((tunnel) => new SessionPath(tunnel, settings));
}
