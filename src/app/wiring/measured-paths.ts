import type { Container } from 'inversify';
import { openPortForward, openSshForward } from '../../adapters/measuring/forward.ts';
import { PeerPath, type Peer, type PeerPathSettings } from '../../adapters/measuring/peer-path.ts';
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

/** What backends are compared with. */
const peers: readonly Peer[] = [
  { name: 'kubectl port-forward', needs: ['kubectl'], open: openPortForward },
  { name: 'ssh -L', needs: ['ssh', 'kubectl'], open: openSshForward },
];

/** What a benchmark measures: our backends, then what they are compared with. */
export function measuredPaths(
  tunnels: readonly TunnelPort[],
  settings: SessionPathSettings & PeerPathSettings,
): readonly MeasuredPathPort[] {
  return [...tunnels.map((tunnel) => new SessionPath(tunnel, settings)), ...peers.map((peer) => new PeerPath(peer, settings))];
}
