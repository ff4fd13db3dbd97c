import { ErrnoError } from '../../domain/errno-error.ts';
import { TunnelError } from '../../domain/errors.ts';
import { IpAddress } from '../../domain/netstack/address/ip-address.ts';
import type { AcceptChannel, Listener } from '../../domain/ports/listener.ts';
import type { TunnelLease } from '../../domain/ports/tunnel-port.ts';
import type { InboundPlan } from '../../domain/session/inbound-plan.ts';
import { PodTraffic } from './pod-traffic.ts';
import { PortPublisher } from './port-publisher.ts';
import { ProcessConnector } from './process-connector.ts';
import { relayConnection } from './relay-connection.ts';
import { runStep, type Opening } from './session-parts.ts';
import type { SustainedLink } from './sustained-link.ts';

/** What connections come through, and go to. */
export interface InboundGround {
  readonly link: SustainedLink;
  readonly tunnel: TunnelLease;
}

/** A port to listen on: what it is called, and how. */
type Binding = readonly [what: string, listen: () => Promise<Listener>];

const loopbacks = ['127.0.0.1', '::1'].flatMap((text) => IpAddress.parse(text) ?? []);

/**
 * Binds the ports that were asked for, here and in the pod, before the process starts; then publishes what it listens on.
 * @returns where the connections that come to the exposed ports go
 * @throws TunnelError `PORT_UNAVAILABLE`, naming the port
 */
export async function openInbound(opening: Opening, ground: InboundGround): Promise<PodTraffic> {
  const { parts, plan, held } = opening;
  const { clock, events, hostNetwork: host } = parts;
  const { inbound } = plan;
  // Where its localhost is the laptop's, what it listens on is there already.
  const publishes = inbound.publish && parts.tunnel.capabilities.ownLocalhost;
  const process = processConnector(opening, ground);
  const podTraffic = new PodTraffic(process, clock);
  const ownPorts = new Set([...inbound.fromPod, ...inbound.fromHost]);
  const publisher = new PortPublisher({ tunnel: ground.tunnel, host, process, clock, events, ownPorts });
  const listeners: Listener[] = [];
  held.push('ports', async () => {
    await publisher.stop();
    await Promise.all(listeners.map((listener) => listener.close()));
  });
  const bindings = [...podBindings(inbound, ground, { process, podTraffic }), ...localBindings(opening, ground)];
  await runStep(opening, 'ports', async () => {
    for (const [what, listen] of bindings) listeners.push(await listen().catch((error: unknown) => Promise.reject(portError(what, error))));
    return [undefined, `${bindings.length} bound${publishes ? '; what the command listens on is published' : ''}`] as const;
  });
  if (bindings.length > 0) events({ kind: 'ports-bound', inbound, service: plan.swap ? undefined : plan.podName });
  if (publishes) publisher.start();
  return podTraffic;
}

function processConnector({ parts, plan, traffic }: Opening, { link, tunnel }: InboundGround): ProcessConnector {
  const { clock, events } = parts;
  const addresses = [...loopbacks, ...link.podFacts.addresses.flatMap((text) => IpAddress.parse(text) ?? [])];
  return new ProcessConnector({ tunnel, addresses, clock, events, traffic, limitMs: plan.timings.acceptLimitMs });
}

/** Ports of the pod that lead to the process. */
function podBindings(
  { expose, toPod }: InboundPlan,
  { link }: InboundGround,
  { process, podTraffic }: { process: ProcessConnector; podTraffic: PodTraffic },
): Binding[] {
  const toProcess =
    (port: number): AcceptChannel =>
    (channel) =>
      void relayConnection(channel, (signal) => process.connect(port, signal));
  return [
    ...expose.map((exposed): Binding => [
      `port ${exposed.podPort} of the pod`,
      () => link.listen('pod', exposed.podPort, (channel) => void podTraffic.carry(channel, exposed)),
    ]),
    ...toPod.map((port): Binding => [`port ${port} of the pod's localhost`, () => link.listen('loopback', port, toProcess(port))]),
  ];
}

/** Ports of the process's localhost, in both families, that lead to the pod's or the laptop's. */
function localBindings({ parts, plan, traffic }: Opening, { link, tunnel }: InboundGround): Binding[] {
  const { fromPod } = plan.inbound;
  // Where its localhost is the laptop's, that is the same port.
  const fromHost = parts.tunnel.capabilities.ownLocalhost ? plan.inbound.fromHost : [];
  const bindings = (port: number, dialler: Pick<SustainedLink, 'dial'>): Binding[] => {
    const dial = (signal: AbortSignal) => traffic.dialled(`localhost:${port}`, () => dialler.dial({ host: '127.0.0.1', port }, signal));
    const accept: AcceptChannel = (channel) => void relayConnection(channel, dial);
    return loopbacks.map((address) => [`port ${port} of the command's localhost`, () => tunnel.listen({ address, port }, accept)]);
  };
  return [...fromPod.flatMap((port) => bindings(port, link)), ...fromHost.flatMap((port) => bindings(port, parts.hostNetwork))];
}

function portError(what: string, error: unknown): unknown {
  if (!(error instanceof ErrnoError)) return error;
  return new TunnelError({
    code: 'PORT_UNAVAILABLE',
    message: `${what} can't be bound: ${error.message}`,
    hint: 'choose another port, or stop what has it',
    details: { errno: error.errno },
    cause: error,
  });
}
