import { describe, expect, it } from 'vitest';
import { relayUdp } from '../../../src/adapters/tun/udp-relay.ts';
import { ErrnoError } from '../../../src/domain/errno-error.ts';
import { settle } from '../../fakes/fake-clock.ts';
import { linkLost } from '../../fakes/memory-link.ts';
import { MemoryNetwork } from '../../fakes/memory-network.ts';
import { FakeUdpFlow } from '../../fakes/stack-flows.ts';

describe('relayUdp', () => {
  it('carries datagrams both ways, each as it is', async () => {
    const network = new MemoryNetwork();
    network.hosts.serveDatagrams('10.96.7.7', 80, (payload) => payload);
    const flow = new FakeUdpFlow();
    relayUdp(flow, network);
    flow.programSends('one');
    flow.programSends('');
    flow.programSends('three');
    await settle();
    expect(flow.received.map((payload) => Buffer.from(payload).toString())).toEqual(['one', '', 'three']);
  });

  it('closes the channel with the flow', () => {
    const network = new MemoryNetwork();
    const flow = new FakeUdpFlow();
    relayUdp(flow, network);
    expect(network.hosts.openDatagramChannels).toBe(1);
    flow.close();
    expect(network.hosts.openDatagramChannels).toBe(0);
  });

  it('tells the program that nobody listens', async () => {
    const flow = new FakeUdpFlow();
    relayUdp(flow, new MemoryNetwork());
    flow.programSends('x');
    await settle();
    expect(flow.refusal).toBe('refused');
  });

  it.each([
    ['an unreachable network', new ErrnoError('ENETUNREACH', 'no route'), 'net-unreachable'],
    ['a lost link', linkLost(), 'host-unreachable'],
  ])('refuses the flow, and breaks nothing else, on %s', (_what, error, reason) => {
    const flow = new FakeUdpFlow();
    relayUdp(flow, {
      openDatagrams: () => {
        throw error;
      },
    });
    expect(flow.refusal).toBe(reason);
  });
});
