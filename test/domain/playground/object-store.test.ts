import { describe, expect, it } from 'vitest';
import { ObjectStore } from '../../../src/domain/playground/object-store.ts';
import { selects, sessionLabel, type ObjectMeta, type SecretObject } from '../../../src/domain/playground/playground-objects.ts';
import { aLease } from '../../builders/playground-builders.ts';

function newStore(): ObjectStore {
  let count = 0;
  return new ObjectStore(() => `uid-${++count}`);
}

const secret = (name: string, meta: Partial<ObjectMeta> = {}): SecretObject => ({
  kind: 'Secret',
  kubeNamespace: 'shop',
  name,
  labels: {},
  ...meta,
});

describe('ObjectStore', () => {
  it('has one object of a kind, namespace and name', () => {
    const store = newStore();
    store.add(aLease('a'));
    store.add(secret('a'));
    store.add(aLease('a', { kubeNamespace: 'default' }));
    expect(() => store.add(aLease('a'))).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
    expect(store.all('Lease').map(({ kubeNamespace }) => kubeNamespace)).toEqual(['shop', 'default']);
    expect(store.find('Secret', 'shop', 'a')).toEqual(secret('a'));
    expect(store.find('Secret', 'default', 'a')).toBeUndefined();
    expect(() => store.get('Secret', 'default', 'a')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });

  it('takes along what an object owns, whatever its depth, and nothing else', () => {
    const store = newStore();
    const owner = store.add(aLease('owner'));
    const middle = store.add(aLease('middle', { owner }));
    store.add(secret('leaf', { owner: middle }));
    store.add(secret('other'));
    expect(store.remove(aLease('owner')).map(({ name }) => name)).toEqual(['owner', 'middle', 'leaf']);
    expect(store.all('Secret').map(({ name }) => name)).toEqual(['other']);
    expect(store.remove(aLease('owner'))).toEqual([]);
  });

  it('means an owner by its uid: a later object of its name owns nothing', () => {
    const store = newStore();
    const owner = store.add(aLease('again'));
    store.remove(aLease('again'));
    store.add(aLease('again'));
    expect(() => store.add(secret('late', { owner }))).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });

  it('changes an object in its place, and brings none back', () => {
    const store = newStore();
    const owner = store.add(aLease('a'));
    store.replace(aLease('a', { holder: 'bob@desk' }));
    store.add(secret('owned', { owner }));
    expect(store.get('Lease', 'shop', 'a').holder).toBe('bob@desk');
    store.remove(aLease('a'));
    store.replace(aLease('a'));
    expect(store.all('Lease')).toEqual([]);
  });

  it('finds all of a session by its label', () => {
    const store = newStore();
    const labels = { [sessionLabel]: 'k3x9q' };
    store.add(aLease('inpod-k3x9q', { labels }));
    store.add(secret('inpod-k3x9q', { labels }));
    store.add(secret('inpod-other', { labels: { [sessionLabel]: 'other' } }));
    expect(store.ofSession('k3x9q').map(({ kind }) => kind)).toEqual(['Lease', 'Secret']);
  });
});

describe('selects', () => {
  it.each([
    [{}, {}, true],
    [{}, { app: 'web' }, true],
    [{ app: 'web' }, { app: 'web', tier: 'front' }, true],
    [{ app: 'web' }, { app: 'stock' }, false],
    [{ app: 'web', tier: 'front' }, { app: 'web' }, false],
  ])('%j, labels %j: %s', (selector, labels, expected) => {
    expect(selects(selector, labels)).toBe(expected);
  });
});
