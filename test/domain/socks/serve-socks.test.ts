import { describe, expect, it } from 'vitest';
import { ErrnoError, type ErrnoName } from '../../../src/domain/errno-error.ts';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import { serveSocks, type SocksServices } from '../../../src/domain/socks/serve-socks.ts';
import { memoryChannelPair } from '../../fakes/memory-channel.ts';
import { echo, MemoryHosts } from '../../fakes/memory-hosts.ts';
import { record } from '../../fakes/recording-sink.ts';

const greeting = [5, 1, 0];
const welcome = '0500';
const connectTo10 = [5, 1, 0, 1, 10, 0, 0, 1, 0, 80];
const noAddress = '0001000000000000';

/** A client that says all of `bytes` at once and ends; what it heard, in hex. */
async function converse(bytes: readonly number[], services: Partial<SocksServices>): Promise<{ heard: string; failure: unknown }> {
  const [ours, theirs] = memoryChannelPair();
  const ends = { limit: new AbortController().signal, gone: new AbortController() };
  const unasked = () => Promise.reject(new Error('nobody asked for this'));
  const served = serveSocks(ours, { dial: unasked, resolve: unasked, resolvePtr: unasked, ...services }, ends);
  const sink = record(theirs);
  theirs.write(Uint8Array.from(bytes));
  theirs.end();
  const failure = await sink.whenClosed;
  await served;
  return { heard: Buffer.from(sink.bytes).toString('hex'), failure };
}

describe('connect', () => {
  it('carries bytes both ways, also those that came with the request, and half-closes', async () => {
    const hosts = new MemoryHosts().serve('10.0.0.1', 80, echo);
    const dial: SocksServices['dial'] = (host, port, signal) => hosts.dial({ host, port }, signal);
    const { heard, failure } = await converse([...greeting, ...connectTo10, ...Buffer.from('hello')], { dial });
    expect(heard).toBe(`${welcome}0500${noAddress}${Buffer.from('hello').toString('hex')}`);
    expect(failure).toBeUndefined();
  });

  it.each<[ErrnoName, string]>([
    ['ECONNREFUSED', '05'],
    ['EHOSTUNREACH', '04'],
    ['ENOTFOUND', '04'],
    ['ENETUNREACH', '03'],
    ['ETIMEDOUT', '06'],
    ['EPERM', '02'],
    ['EIO', '01'],
  ])('tells %s truthfully', async (errno, code) => {
    const { heard } = await converse([...greeting, ...connectTo10], { dial: () => Promise.reject(new ErrnoError(errno, 'test')) });
    expect(heard).toBe(`${welcome}05${code}${noAddress}`);
  });

  it('is not offered to who insists on credentials', async () => {
    expect(await converse([5, 1, 2], {})).toEqual({ heard: '05ff', failure: undefined });
  });
});

describe('names', () => {
  it('are resolved', async () => {
    const resolve = async (name: string) => ip(name === 'web' ? '10.96.7.7' : '0.0.0.0');
    const { heard } = await converse([...greeting, 5, 0xf0, 0, 3, 3, ...Buffer.from('web'), 0, 0], { resolve });
    expect(heard).toBe(`${welcome}050000010a6007070000`);
  });

  it('are found for an address', async () => {
    const resolvePtr = async (address: string) => (address === '10.0.0.1' ? 'web' : '');
    const { heard } = await converse([...greeting, 5, 0xf1, 0, 1, 10, 0, 0, 1, 0, 0], { resolvePtr });
    expect(heard).toBe(`${welcome}05000003037765620000`);
  });

  it('that are unknown are so', async () => {
    const resolve = () => Promise.reject(new ErrnoError('ENOTFOUND', 'test'));
    const { heard } = await converse([...greeting, 5, 0xf0, 0, 3, 1, 120, 0, 0], { resolve });
    expect(heard).toBe(`${welcome}0504${noAddress}`);
  });
});

it('cuts a client that says nothing in time', async () => {
  const [ours, theirs] = memoryChannelPair();
  const limit = new AbortController();
  const served = serveSocks(ours, {} as SocksServices, { limit: limit.signal, gone: new AbortController() });
  const sink = record(theirs);
  limit.abort();
  expect(await sink.whenClosed).toMatchObject({ errno: 'ECONNABORTED' });
  await served;
});
