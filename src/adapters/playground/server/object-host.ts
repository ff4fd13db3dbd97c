import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ClusterError } from '../../../domain/errors.ts';
import type { IpAddress } from '../../../domain/netstack/address/ip-address.ts';
import { AddressPool } from '../../../domain/playground/address-pool.ts';
import type { ObjectPlace, ObjectStore } from '../../../domain/playground/object-store.ts';
import { podNetwork, serviceNetwork } from '../../../domain/playground/playground-network.ts';
import type { PlaygroundObject, PodObject, ServiceObject } from '../../../domain/playground/playground-objects.ts';
import { claimed, leaseFacts, newLease, renewed } from '../../../domain/playground/session-leases.ts';
import type { LeaseReference } from '../../../domain/ports/cluster/agent-pods.ts';
import type { SessionLeaseSpec } from '../../../domain/ports/cluster/session-leases.ts';
import type { TunnelPort } from '../../../domain/ports/tunnel-port.ts';
import type { LeaseFacts, RepairNotice } from '../../../domain/session/lease-machine.ts';
import type { LeaseClaim } from '../playground-protocol.ts';
import { PodNetwork } from './pod-network.ts';
import { PodProcess, type PodProgram } from './pod-process.ts';

/** What objects are kept, and pods run, with. */
export interface ObjectHostParts {
  readonly objects: ObjectStore;
  readonly tunnel: TunnelPort;
  /** Made when it is needed; pods have folders of their own below it. */
  readonly folder: string;
  /** 0 up to, but without, 1. */
  readonly chance: () => number;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
}

/** What there is of one pod besides its object. */
interface HostedPod {
  readonly gone: AbortController;
  /** Once it was started. */
  process?: Promise<PodProcess>;
}

/** Gives the store's objects what belongs to them, and takes it back when they go: times, addresses, and the processes of pods. */
export class ObjectHost {
  readonly #parts: ObjectHostParts;
  readonly #addresses = { Pod: new AddressPool(podNetwork), Service: new AddressPool(serviceNetwork) };
  readonly #pods = new Map<string, HostedPod>();

  constructor(parts: ObjectHostParts) {
    this.#parts = parts;
  }

  /** Adds a Lease, alive as of now. @throws ClusterError `CONFLICT` */
  addLease(kubeNamespace: string, spec: SessionLeaseSpec): LeaseReference {
    return this.#parts.objects.add(newLease(kubeNamespace, spec, this.#parts.nowMs()));
  }

  /** @throws ClusterError `NOT_FOUND`, `LEASE_CLAIMED` */
  renewLease(kubeNamespace: string, name: string): void {
    const { objects, nowMs } = this.#parts;
    objects.replace(renewed(objects.get('Lease', kubeNamespace, name), nowMs()));
  }

  /** @returns `undefined` where there is none */
  readLease(kubeNamespace: string, name: string): LeaseFacts | undefined {
    const { objects, nowMs } = this.#parts;
    const lease = objects.find('Lease', kubeNamespace, name);
    return lease && leaseFacts(lease, nowMs());
  }

  /** @returns whether it is `by`'s now */
  claimLease(kubeNamespace: string, { name, facts, by }: LeaseClaim): boolean {
    const { objects, nowMs } = this.#parts;
    const lease = objects.find('Lease', kubeNamespace, name);
    const taken = lease && claimed(lease, facts, by, nowMs());
    if (taken) objects.replace(taken);
    return taken !== undefined;
  }

  /** The last one counts. */
  leaveNotice(kubeNamespace: string, notice: RepairNotice): void {
    const place = { kind: 'Notice', kubeNamespace, name: notice.leaseName } as const;
    this.#parts.objects.remove(place);
    this.#parts.objects.add({ ...place, labels: {}, notice });
  }

  /** Takes it away, if there is one. */
  takeNotice(kubeNamespace: string, leaseName: string): RepairNotice | undefined {
    const { objects } = this.#parts;
    const found = objects.find('Notice', kubeNamespace, leaseName);
    if (found) objects.remove(found);
    return found?.notice;
  }

  /** Adds a pod, with an address, not ready. @throws ClusterError `CONFLICT`, `NOT_FOUND` of the owner */
  addPod(pod: Pick<PodObject, 'kubeNamespace' | 'name' | 'labels' | 'owner'>): PodObject {
    const fresh = { ...pod, createdWallMs: this.#parts.nowMs(), phase: 'Pending', ready: false } as const;
    const object = this.#addWithAddress('Pod', (address): PodObject => ({ kind: 'Pod', ...fresh, address }));
    this.#pods.set(keyOf(object), { gone: new AbortController() });
    return object;
  }

  /** Adds a Service, with an address. @throws as `addPod` */
  addService(service: Omit<ServiceObject, 'kind' | 'clusterIp'>): void {
    this.#addWithAddress('Service', (clusterIp): ServiceObject => ({ kind: 'Service', ...service, clusterIp }));
  }

  /** Aborts when the pod is deleted; has aborted for one that isn't there. */
  goneSignal(pod: PodObject): AbortSignal {
    return this.#pods.get(keyOf(pod))?.gone.signal ?? AbortSignal.abort();
  }

  /** Starts the pod's process. @throws what `TunnelPort.open` throws; ClusterError `POD_GONE` where the pod was deleted meanwhile */
  async start(pod: PodObject, program: PodProgram): Promise<PodProcess> {
    const hosted = this.#pods.get(keyOf(pod));
    if (!hosted) throw podGone(pod.name);
    const { objects, tunnel, chance } = this.#parts;
    const outbound = new PodNetwork({ objects, processOf: (one) => this.runningProcess(one), chance });
    const place = { tunnel, folder: this.#folderOf(pod), outbound, signal: hosted.gone.signal };
    hosted.process = PodProcess.start(pod, program, place);
    try {
      const process = await hosted.process;
      this.#change(pod, { phase: 'Running' });
      void process.ended.then(() => this.#change(pod, { phase: 'Failed', ready: false }));
      return process;
    } catch (error) {
      throw hosted.gone.signal.aborted ? podGone(pod.name) : error;
    }
  }

  /** Services lead to it from now on, until its process ends; never, where that has ended. */
  markReady(pod: PodObject): void {
    const { kubeNamespace, name } = pod;
    if (this.#parts.objects.find('Pod', kubeNamespace, name)?.phase === 'Running') this.#change(pod, { ready: true });
  }

  /** @throws ClusterError `POD_GONE` where there is no such pod, or its process ended or wasn't started */
  async runningProcess({ kubeNamespace, name }: Pick<PodObject, 'kubeNamespace' | 'name'>): Promise<PodProcess> {
    const process = await this.#pods.get(keyOf({ kubeNamespace, name }))?.process?.catch(() => undefined);
    if (!process?.isRunning) throw podGone(name);
    return process;
  }

  /** Deletes an object and all that it owns; settles when the processes among it have ended. */
  async remove(place: ObjectPlace): Promise<void> {
    await this.#end(this.#parts.objects.remove(place));
  }

  /** Ends all processes. */
  async close(): Promise<void> {
    const { objects } = this.#parts;
    await this.#end(objects.all('Pod').flatMap((pod) => objects.remove(pod)));
  }

  /** By its address, since there may be another pod of its name by now. */
  #change(pod: PodObject, state: Partial<Pick<PodObject, 'phase' | 'ready'>>): void {
    const { objects } = this.#parts;
    const now = objects.find('Pod', pod.kubeNamespace, pod.name);
    if (now?.address.equals(pod.address)) objects.replace({ ...now, ...state });
  }

  #addWithAddress<T extends PodObject | ServiceObject>(kind: T['kind'], make: (address: IpAddress) => T): T {
    const address = this.#addresses[kind].take();
    const object = make(address);
    try {
      this.#parts.objects.add(object);
    } catch (error) {
      this.#addresses[kind].giveBack(address);
      throw error;
    }
    return object;
  }

  async #end(removed: readonly PlaygroundObject[]): Promise<void> {
    for (const object of removed) if (object.kind === 'Service') this.#addresses.Service.giveBack(object.clusterIp);
    await Promise.all(removed.flatMap((object) => (object.kind === 'Pod' ? [this.#endPod(object)] : [])));
  }

  async #endPod(pod: PodObject): Promise<void> {
    const hosted = this.#pods.get(keyOf(pod));
    this.#pods.delete(keyOf(pod));
    hosted?.gone.abort();
    const process = await hosted?.process?.catch(() => undefined); // one that couldn't be started left nothing
    await process?.close();
    await rm(this.#folderOf(pod), { recursive: true, force: true });
    this.#addresses.Pod.giveBack(pod.address);
  }

  /** With the address, since a new pod may have the name of one that is just ending. */
  #folderOf({ kubeNamespace, name, address }: PodObject): string {
    return join(this.#parts.folder, `${kubeNamespace}.${name}.${address.toString()}`);
  }
}

function keyOf({ kubeNamespace, name }: Pick<PodObject, 'kubeNamespace' | 'name'>): string {
  return `${kubeNamespace}/${name}`;
}

/** What a pod that isn't there (any more) means for whoever wants it. */
export function podGone(name: string): ClusterError {
  return new ClusterError({
    code: 'POD_GONE',
    message: `the pod ${name} is gone`,
    hint: 'somebody deleted it, or its process ended',
  });
}
