import { runProcess } from '../../../../src/app/use-cases/run-process.ts';
import type { SessionParts } from '../../../../src/app/use-cases/session-parts.ts';
import type { ChildExit, TunnelCapabilities } from '../../../../src/domain/ports/tunnel-port.ts';
import type { PodFacts } from '../../../../src/domain/protocol/pod-facts.ts';
import type { ByteEnvironment } from '../../../../src/domain/session/byte-environment.ts';
import type { SessionEvent } from '../../../../src/domain/session/session-event.ts';
import type { SessionPlan } from '../../../../src/domain/session/session-plan.ts';
import { FakeClock } from '../../../fakes/fake-clock.ts';
import { FakeProcesses } from '../../../fakes/fake-processes.ts';
import { FakeSignals } from '../../../fakes/fake-signals.ts';
import { MemoryAgentKeys } from '../../../fakes/memory-agent-keys.ts';
import { MemoryCluster } from '../../../fakes/memory-cluster.ts';
import { MemoryHosts } from '../../../fakes/memory-hosts.ts';
import { MemoryJournal } from '../../../fakes/memory-journal.ts';
import { MemoryLinks } from '../../../fakes/memory-link.ts';
import { answerFromZone } from '../../../fakes/memory-network.ts';
import { MemoryTunnel, type MemoryWorld } from '../../../fakes/memory-tunnel.ts';
import { podFacts, sessionPlan } from '../../../builders/session-builders.ts';

/** Calls in the order in which they give back what a session holds. */
export const releaseCalls = ['tunnel.close', 'link.close', 'cluster.deleteLease', 'processes.releaseWatchdog', 'journal.discard'] as const;

/** All that a session touches, in memory; each call is on record under its name and can be made to fail or to last by `script`. */
export class SessionWorld {
  readonly clock = new FakeClock();
  readonly cluster = new MemoryCluster();
  readonly podHosts = new MemoryHosts();
  readonly laptopHosts = new MemoryHosts();
  readonly clusterZone = new Map<string, string>();
  readonly laptopZone = new Map<string, string>();
  readonly links = new MemoryLinks({
    facts: podFacts(),
    hosts: this.podHosts,
    answerDns: async (message) => answerFromZone(this.clusterZone, message),
  });
  readonly journals = new MemoryJournal();
  readonly agentKeys = new MemoryAgentKeys();
  readonly processes = new FakeProcesses();
  readonly signals = new FakeSignals();
  readonly events: SessionEvent[] = [];
  readonly tunnel: MemoryTunnel;
  readonly plan: SessionPlan;
  /** Names of all calls so far, in order: `cluster.createLease`. */
  readonly calls: string[] = [];
  /** As the command was made with. */
  podVariables: ByteEnvironment = [];
  /** Runs as each call begins: throw, or wait, there. */
  script: (call: string) => void | Promise<void> = () => undefined;

  /** @param child - what the child does */
  constructor(
    child: (world: MemoryWorld) => Promise<ChildExit> = async () => ({ code: 0 }),
    plan: Partial<SessionPlan> = {},
    capabilities: Partial<TunnelCapabilities> = {},
  ) {
    this.tunnel = new MemoryTunnel({ child: { run: child } }, capabilities);
    this.plan = sessionPlan(plan);
    this.cluster.script = (call) => this.#enter(`cluster.${call}`);
    this.tunnel.script = (call) => this.#enter(`tunnel.${call}`);
    this.journals.script = (call) => this.#enter(`journal.${call}`);
    this.processes.script = (call) => this.#enter(`processes.${call}`);
    this.links.beforeOpen = async () => {
      await this.#enter('links.open');
    };
    const { links } = this;
    const open = links.open.bind(links);
    links.open = async (...rest) => {
      const link = await open(...rest);
      link.beforeClose = () => this.#enter('link.close');
      return link;
    };
  }

  get parts(): SessionParts {
    return {
      cluster: this.cluster,
      links: this.links,
      tunnel: this.tunnel,
      hostNetwork: this.laptopHosts,
      laptopResolver: { query: async (message) => answerFromZone(this.laptopZone, message) },
      clock: this.clock,
      journals: this.journals,
      agentKeys: this.agentKeys,
      processes: this.processes,
      events: (event) => this.events.push(event),
      loadAgentProgram: async () => {
        await this.#enter('loadAgentProgram');
        return '// agent';
      },
      loadGuardianProgram: async () => '// guardian',
    };
  }

  run(): Promise<ChildExit> {
    const { parts, signals, plan } = this;
    const variables = [{ name: Buffer.from('PATH'), value: Buffer.from('/bin') }];
    const command = async (facts: PodFacts) => {
      this.podVariables = facts.environment;
      await this.#enter('command');
      return { argv: ['child', 'argument'], environment: variables, cwd: '/', umask: 0o022 };
    };
    return runProcess({ parts, signals, plan, inherited: [0, 1, 2], command });
  }

  /** Runs to the end, with as much virtual time as it takes. */
  runToEnd(): Promise<ChildExit> {
    return this.clock.runUntilDone(this.run());
  }

  eventsOf<K extends SessionEvent['kind']>(kind: K): readonly Extract<SessionEvent, { kind: K }>[] {
    return this.events.filter((event): event is Extract<SessionEvent, { kind: K }> => event.kind === kind);
  }

  /** The calls that gave something back, in order. */
  get releases(): readonly string[] {
    return this.calls.filter((call) => (releaseCalls as readonly string[]).includes(call));
  }

  /** What is left of the session anywhere; empty after a clean end. */
  get leftovers(): readonly string[] {
    const { cluster, tunnel, links, journals, processes, signals, clock } = this;
    return [
      ...[...cluster.leases.keys()].map((name) => `Lease ${name}`),
      ...[...cluster.pods.keys()].map((name) => `Pod ${name}`),
      ...(tunnel.openLeases > 0 ? [`${tunnel.openLeases} tunnels`] : []),
      ...links.opened.filter((link) => !link.isGone).map(() => 'link'),
      ...[...journals.texts.keys()].map((id) => `journal ${id}`),
      ...[...processes.watchdogs].filter(([, state]) => state === 'running').map(([id]) => `watchdog ${id}`),
      ...(signals.subscribers > 0 ? ['signal handlers'] : []),
      ...(clock.sleeping > 0 ? [`${clock.sleeping} sleeps`] : []),
    ];
  }

  async #enter(call: string): Promise<void> {
    this.calls.push(call);
    await this.script(call);
  }
}
