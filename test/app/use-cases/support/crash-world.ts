import { repairSessions } from '../../../../src/app/use-cases/repair-sessions.ts';
import type { SessionParts } from '../../../../src/app/use-cases/session-parts.ts';
import { ClusterError } from '../../../../src/domain/errors.ts';
import type { ChildExit } from '../../../../src/domain/ports/tunnel-port.ts';
import { deferred } from '../../../../src/domain/promises.ts';
import type { WorkloadMark } from '../../../../src/domain/workload/workload-facts.ts';
import { MemoryLocator } from '../../../fakes/memory-cluster.ts';
import { echo } from '../../../fakes/memory-hosts.ts';
import { MemoryMachine } from '../../../fakes/memory-machine.ts';
import type { MemoryWorld } from '../../../fakes/memory-tunnel.ts';
import { MemoryWorkloads } from '../../../fakes/memory-workloads.ts';
import { Death, mortal, mortalJournals, mortalProcesses, type DeathPlan } from './death.ts';
import { SessionWorld } from './session-world.ts';

/** What happens around a session, at a time in milliseconds since its start. */
export type Happening = { readonly atMs: number } & (
  | { readonly what: 'listens' | 'exits' | 'rival' | 'serves' }
  | { readonly what: 'signal'; readonly signalNumber: number }
  /** Somebody else does. */
  | { readonly what: 'scale'; readonly replicas: number }
  | { readonly what: 'away'; readonly forMs: number }
);

const rivalMark: WorkloadMark = { version: 1, lease: 'inpod-rival', holder: 'bob@desk', replicas: 2 };

/** Whoever repairs comes this long after the last one died: what that had claimed is anybody's. */
const repairPauseMs = 600_000;

/** A session in the place of `web`, which dies as planned; and whoever repairs what it left. */
export class CrashWorld extends SessionWorld {
  readonly workloads: MemoryWorkloads;
  readonly machine = new MemoryMachine();
  /** The replicas that the workload is to have in the end. */
  replicas = 2;
  readonly death: Death;
  readonly #child = deferred<MemoryWorld>();
  readonly #exit: ReturnType<typeof deferred<ChildExit>>;
  #isAway = false;
  #repairers = 0;

  constructor(plan: DeathPlan | undefined, exclusive: readonly string[], happenings: readonly Happening[]) {
    const exit = deferred<ChildExit>();
    const started = deferred<MemoryWorld>();
    super(
      (memory) => {
        memory.onSignal((signalNumber) => exit.resolve({ signal: signalNumber }));
        started.resolve(memory);
        return exit.promise;
      },
      { swap: { type: 'deploy', name: 'web', container: undefined }, podName: 'web-inpod-abcde' },
    );
    this.#exit = exit;
    void started.promise.then((memory) => this.#child.resolve(memory));
    this.death = new Death(plan);
    this.tunnel.machine = mortal(this.machine, 'machine', this.death);
    this.workloads = new MemoryWorkloads({ exclusive });
    this.cluster.workloads = this.workloads;
    this.cluster.nowMs = () => this.clock.wallMs();
    this.workloads.script = () => this.#reach();
    this.script = (call) => (call.startsWith('cluster.') ? this.#reach() : undefined);
    for (const happening of happenings) void this.clock.sleep(happening.atMs, never()).then(() => this.#happen(happening));
  }

  override get parts(): SessionParts {
    const { death, journals, processes, tunnel, links } = this;
    return {
      ...super.parts,
      cluster: this.#clusterOf(death),
      journals: mortalJournals(journals, death),
      processes: mortalProcesses(processes, death),
      tunnel: mortal(tunnel, 'tunnel', death),
      links: mortal(links, 'links', death, { generateKeys: () => links.generateKeys() }),
    };
  }

  /** Runs the session until it ends, or dies. */
  async live(): Promise<void> {
    const ended = this.run().then(
      () => 'ended',
      () => 'failed',
    );
    await this.clock.runUntilDone(Promise.race([ended, this.death.died]));
  }

  /** Whoever repairs next, and may die as well. @returns the calls that it made */
  async repair(plan: DeathPlan | undefined): Promise<readonly string[]> {
    await this.clock.advance(repairPauseMs);
    const death = new Death(plan);
    const cluster = this.#clusterOf(death);
    const locator = new MemoryLocator(this.cluster);
    locator.locate = async () => cluster;
    const parts = { locator, journals: mortalJournals(this.journals, death), processes: mortalProcesses(this.processes, death) };
    const machine = mortal(this.machine, 'machine', death);
    const repairer = { clock: this.clock, by: `repairer ${++this.#repairers}`, events: () => undefined };
    await this.clock.runUntilDone(Promise.race([repairSessions({ ...parts, machine, ...repairer }, never()), death.died]));
    return death.calls;
  }

  /** What isn't as it was; empty where all is. */
  get wrongs(): readonly string[] {
    const { facts } = this.workloads;
    const { leases, pods } = this.cluster;
    return [
      ...[...leases.keys()].map((name) => `Lease ${name}`),
      ...[...pods.keys()].map((name) => `Pod ${name}`),
      ...[...this.journals.texts.keys()].map((id) => `journal ${id}`),
      ...this.machine.changes.keys(),
      ...(facts.replicas === this.replicas ? [] : [`${facts.replicas} replicas instead of ${this.replicas}`]),
      ...(facts.heldBy && facts.heldBy.lease !== rivalMark.lease ? [`the mark of ${facts.heldBy.lease}`] : []),
    ];
  }

  #clusterOf(death: Death): SessionParts['cluster'] {
    const workloads = mortal(this.workloads, 'workloads', death);
    const carrierTo: SessionParts['cluster']['carrierTo'] = (podName) => this.cluster.carrierTo(podName);
    return mortal<SessionParts['cluster']>(this.cluster, 'cluster', death, { workloads, carrierTo });
  }

  #reach(): void {
    if (this.#isAway) throw new ClusterError({ code: 'API_UNREACHABLE', message: 'the API is away' });
  }

  async #happen(happening: Happening): Promise<void> {
    if (happening.what === 'exits') this.#exit.resolve({ code: 0 });
    else if (happening.what === 'serves') this.workloads.serving.resolve(['10.244.0.9']);
    else if (happening.what === 'signal') this.signals.send(happening.signalNumber);
    else if (happening.what === 'rival') this.#rivals();
    else if (happening.what === 'listens') await this.#listen();
    else if (happening.what === 'scale') this.#scale(happening.replicas);
    else if (happening.what === 'away') await this.#leave(happening.forMs);
  }

  /** Once: a second time its port is taken. */
  async #listen(): Promise<void> {
    const { local } = await this.#child.promise;
    await local.listen('127.0.0.1', 8080, echo).catch(() => undefined);
  }

  #scale(replicas: number): void {
    this.replicas = replicas;
    this.workloads.facts = { ...this.workloads.facts, replicas };
  }

  async #leave(forMs: number): Promise<void> {
    this.#isAway = true;
    await this.clock.sleep(forMs, never());
    this.#isAway = false;
  }

  /** Another session marks the workload, if it may. */
  #rivals(): void {
    const { facts } = this.workloads;
    if (facts.heldBy) return;
    if (facts.replicas !== this.replicas) throw new Error(`unmarked with ${facts.replicas} replicas`);
    this.workloads.facts = { ...facts, heldBy: { ...rivalMark, replicas: facts.replicas } };
  }
}

function never(): AbortSignal {
  return new AbortController().signal;
}
