import { expect, it } from 'vitest';
import { requireCapabilities } from '../../../src/domain/backend/required-capabilities.ts';
import { MemoryTunnel } from '../../fakes/memory-tunnel.ts';

const nothing = { neverProxy: [], pcap: undefined };

it('refuses what a backend without routes would leave out', () => {
  const poor = new MemoryTunnel({}, { routing: 'none' });
  expect(() => requireCapabilities(poor, nothing)).not.toThrow();
  expect(() => requireCapabilities(poor, { ...nothing, neverProxy: ['10.0.0.0/8'] })).toThrow(/can't honour --never-proxy/);
  expect(() => requireCapabilities(poor, { ...nothing, pcap: 'x' })).toThrow(/can't honour --pcap/);
  expect(() => requireCapabilities(new MemoryTunnel({}), { neverProxy: ['10.0.0.0/8'], pcap: 'x' })).not.toThrow();
});
