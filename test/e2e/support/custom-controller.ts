import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterAdmin } from './cluster-admin.ts';
import { podOf, type CustomObject } from './custom-workloads.ts';

/** Keeps as many pods as one object wants, as its kind's controller in the cluster would. */
export class CustomController {
  readonly #admin: ClusterAdmin;
  readonly #object: CustomObject;
  readonly #work: Promise<void>;
  #isOn = true;
  #made = 0;

  constructor(admin: ClusterAdmin, object: CustomObject) {
    this.#admin = admin;
    this.#object = object;
    this.#work = this.#run();
  }

  /** @throws what it failed by */
  async stop(): Promise<void> {
    this.#isOn = false;
    await this.#work;
  }

  async #run(): Promise<void> {
    while (this.#isOn) {
      await this.#reconcile();
      await sleep(200);
    }
  }

  async #reconcile(): Promise<void> {
    const object = (await this.#admin.readObject(this.#object)) as CustomObject;
    const { namespace = '', uid } = object.metadata ?? {};
    const { items } = await this.#admin.core.listNamespacedPod({ namespace });
    const own = items.filter(({ metadata }) => metadata?.ownerReferences?.some((owner) => owner.uid === uid && owner.controller === true));
    const alive = own.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
    const wanted = object.spec.replicas ?? object.spec.size ?? 0;
    if (alive.length < wanted) await this.#admin.core.createNamespacedPod({ namespace, body: podOf(object, `p${++this.#made}`) });
    for (const { metadata } of alive.slice(wanted)) await this.#admin.core.deleteNamespacedPod({ namespace, name: metadata?.name ?? '' });
  }
}
