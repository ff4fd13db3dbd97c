import { describe, expect, it } from 'vitest';
import { ClusterError } from '../../../src/domain/errors.ts';
import type { StandingAgents } from '../../../src/domain/ports/cluster/standing-agents.ts';
import { MemoryMachine } from '../../fakes/memory-machine.ts';
import { SessionWorld } from './support/session-world.ts';

const agents: StandingAgents = {
  findAgent: async ({ name }) => ({ podName: `${name}-7f9c-x2x4k`, keyId: 'k3x9q', image: 'node:24-slim' }),
};
const keys = { clientPrivateKey: 'private', agentPublicKey: 'public', agent: { name: 'dev', kubeNamespace: 'default' } };

/** A session at the agent `dev`, whose keys are here. */
class AgentWorld extends SessionWorld {
  constructor(...[child]: ConstructorParameters<typeof SessionWorld>) {
    super(child, { agent: { name: 'dev', container: undefined }, podName: 'dev' });
    this.cluster.agents = agents;
    this.agentKeys.kept.set('k3x9q', keys);
  }
}

describe('a session at a standing agent', () => {
  it('makes nothing, and links with the keys that are kept', async () => {
    const world = new AgentWorld();
    expect(await world.runToEnd()).toEqual({ code: 0 });
    expect(world.eventsOf('child-starting')).toMatchObject([{ podName: 'dev-7f9c-x2x4k' }]);
    expect(world.calls.filter((call) => /create|dryRun|delete|journal|processes|loadAgent/.test(call))).toEqual([]);
    expect(world.releases).toEqual(['tunnel.close', 'link.close']);
    expect(world.leftovers).toEqual([]);
  });

  it.each<[string, (world: AgentWorld) => void, object]>([
    ['without its key', (world) => world.agentKeys.kept.clear(), { code: 'AGENT_KEY_MISSING' }],
    ['that is not there', (world) => (world.cluster.agents = { findAgent: () => Promise.reject(new ClusterError({ code: 'NOT_FOUND', message: 'no' })) }), { code: 'NOT_FOUND' }],
    ['where there are none', (world) => (world.cluster.agents = undefined), { code: 'WORKLOAD_UNSUITABLE', hint: expect.stringContaining('--agent') as string }],
    ['without the rights to reach it', (world) => (world.cluster.lacks = ({ resource }) => resource === 'pods/portforward'), { code: 'FORBIDDEN', message: expect.stringContaining('reach the agent') as string }],
  ])('%s ends before it began', async (_what, arrange, error) => {
    const world = new AgentWorld();
    arrange(world);
    await expect(world.runToEnd()).rejects.toMatchObject(error);
    expect(world.leftovers).toEqual([]);
  }); // prettier-ignore

  it('has a journal and a watchdog where its tunnel changes this machine, until that is undone', async () => {
    const world = new AgentWorld();
    world.tunnel.machine = new MemoryMachine();
    world.script = (call) => {
      if (call === 'tunnel.spawn') expect([world.journals.texts.size, world.processes.watchdogs.get('abcde')]).toEqual([1, 'running']);
    };
    expect(await world.runToEnd()).toEqual({ code: 0 });
    expect(world.releases).toEqual(['tunnel.close', 'processes.releaseWatchdog', 'journal.discard', 'link.close']);
    expect(world.leftovers).toEqual([]);
  });

  it('ends when its pod is gone', async () => {
    const world = new AgentWorld(() => new Promise(() => undefined));
    const gone = new ClusterError({ code: 'POD_GONE', message: 'the pod was deleted' });
    const running = world.run();
    running.catch(() => undefined);
    await world.clock.advance(1000);
    world.links.beforeOpen = () => Promise.reject(gone);
    world.links.opened[0]?.break();
    await expect(world.clock.runUntilDone(running)).rejects.toBe(gone);
    expect(world.leftovers).toEqual([]);
  });
});
