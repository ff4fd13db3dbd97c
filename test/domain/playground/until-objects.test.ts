import { expect, it } from 'vitest';
import { untilObjects } from '../../../src/domain/playground/until-objects.ts';
import { aLease, aStore } from '../../builders/playground-builders.ts';

const never = new AbortController().signal;

it('sees what is there, and what comes', async () => {
  const store = aStore(aLease('a'));
  const look = (name: string) => () => store.find('Lease', 'shop', name)?.name;
  expect(await untilObjects(store, look('a'), never)).toBe('a');
  const coming = untilObjects(store, look('c'), never);
  store.add(aLease('b'));
  store.add(aLease('c'));
  expect(await coming).toBe('c');
});

it('sees what goes', async () => {
  const store = aStore(aLease('a'));
  const gone = untilObjects(store, () => (store.all('Lease').length === 0 ? true : undefined), never);
  store.remove(aLease('a'));
  expect(await gone).toBe(true);
});

it('ends with its signal, and with what looking throws', async () => {
  const store = aStore();
  const cancel = new AbortController();
  const waiting = untilObjects(store, () => undefined, cancel.signal);
  cancel.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
  await expect(untilObjects(store, () => undefined, cancel.signal)).rejects.toMatchObject({ code: 'CANCELLED' });
  await expect(untilObjects(store, () => store.get('Lease', 'shop', 'a'), never)).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
