import { ClusterError } from '../errors.ts';
import type { LeaseReference } from '../ports/cluster/agent-pods.ts';
import { sessionLabel, type ObjectKind, type ObjectOf, type PlaygroundObject } from './playground-objects.ts';

interface StoredObject {
  readonly uid: string;
  readonly object: PlaygroundObject;
}

/** The playground's objects, in the order in which they came. What an object owns goes with it. */
export class ObjectStore {
  readonly #stored = new Map<string, StoredObject>();
  readonly #newUid: () => string;
  readonly #listeners = new Set<() => void>();

  /** @param newUid - never the same twice: an owner is meant by it, not by its name */
  constructor(newUid: () => string) {
    this.#newUid = newUid;
  }

  /** @throws ClusterError `CONFLICT` where the name is taken, `NOT_FOUND` where the owner is gone */
  add(object: PlaygroundObject): LeaseReference {
    this.requireRoom(object);
    const { owner, kubeNamespace } = object;
    if (owner !== undefined && this.#stored.get(keyOf({ kind: 'Lease', kubeNamespace, name: owner.name }))?.uid !== owner.uid)
      throw notFound('Lease', owner.name);
    const uid = this.#newUid();
    this.#stored.set(keyOf(object), { uid, object });
    this.#tell();
    return { name: object.name, uid };
  }

  /** @throws ClusterError `CONFLICT` where the name is taken */
  requireRoom(place: ObjectPlace): void {
    if (!this.#stored.has(keyOf(place))) return;
    throw new ClusterError({
      code: 'CONFLICT',
      message: `${place.kind} ${place.name} already exists in namespace ${place.kubeNamespace}`,
      hint: 'choose another name (--name), or wait until the other session ended',
    });
  }

  /** In the place of one that is there, with its uid; of one that is gone meanwhile nothing comes back. */
  replace(object: PlaygroundObject): void {
    const stored = this.#stored.get(keyOf(object));
    if (!stored) return;
    this.#stored.set(keyOf(object), { uid: stored.uid, object });
    this.#tell();
  }

  /** @param changed - called after each change @returns what ends it */
  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => void this.#listeners.delete(changed);
  }

  find<K extends ObjectKind>(kind: K, kubeNamespace: string, name: string): ObjectOf<K> | undefined {
    return this.#stored.get(keyOf({ kind, kubeNamespace, name }))?.object as ObjectOf<K> | undefined;
  }

  /** @throws ClusterError `NOT_FOUND` */
  get<K extends ObjectKind>(kind: K, kubeNamespace: string, name: string): ObjectOf<K> {
    const found = this.find(kind, kubeNamespace, name);
    if (!found) throw notFound(kind, name);
    return found;
  }

  all<K extends ObjectKind>(kind: K): readonly ObjectOf<K>[] {
    return [...this.#stored.values()].flatMap(({ object }) => (object.kind === kind ? [object as ObjectOf<K>] : []));
  }

  /** All that one session made. */
  ofSession(sessionId: string): readonly PlaygroundObject[] {
    return [...this.#stored.values()].map(({ object }) => object).filter(({ labels }) => labels[sessionLabel] === sessionId);
  }

  /** @returns the object and all that it owned; empty where it is gone already */
  remove(place: ObjectPlace): readonly PlaygroundObject[] {
    const key = keyOf(place);
    const stored = this.#stored.get(key);
    if (!stored) return [];
    this.#stored.delete(key);
    const owned = [...this.#stored.values()].filter(({ object }) => object.owner?.uid === stored.uid);
    const removed = [stored.object, ...owned.flatMap(({ object }) => this.remove(object))];
    this.#tell();
    return removed;
  }

  #tell(): void {
    for (const changed of this.#listeners) changed();
  }
}

/** What names an object. */
export type ObjectPlace = Pick<PlaygroundObject, 'kind' | 'kubeNamespace' | 'name'>;

/** Namespaces and names have no slash. */
function keyOf({ kind, kubeNamespace, name }: ObjectPlace): string {
  return `${kind}/${kubeNamespace}/${name}`;
}

function notFound(kind: ObjectKind, name: string): ClusterError {
  return new ClusterError({ code: 'NOT_FOUND', message: `${kind} ${name} not found`, hint: 'it may have been deleted meanwhile' });
}
