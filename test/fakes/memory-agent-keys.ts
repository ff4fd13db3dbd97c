import { HostError } from '../../src/domain/errors.ts';
import type { AgentKeysPort, StandingAgentKeys } from '../../src/domain/ports/agent-keys-port.ts';

/** Keys of standing agents, in memory. */
export class MemoryAgentKeys implements AgentKeysPort {
  readonly kept = new Map<string, StandingAgentKeys>();

  async keep(keyId: string, keys: StandingAgentKeys): Promise<string> {
    this.kept.set(keyId, keys);
    return keyId;
  }

  async find(keyId: string): Promise<StandingAgentKeys> {
    const keys = this.kept.get(keyId);
    if (!keys) throw new HostError({ code: 'AGENT_KEY_MISSING', message: `no key ${keyId}` });
    return keys;
  }
}
