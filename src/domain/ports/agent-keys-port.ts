import type { ClientKeys } from './link-port.ts';

/** What opens a standing agent to its user. */
export interface StandingAgentKeys extends ClientKeys {
  /** For people: which agent they belong to. */
  readonly agent: { readonly name: string; readonly kubeNamespace: string };
}

/** Keys of standing agents, on this machine, readable by their user alone. */
export interface AgentKeysPort {
  /** @returns where they are kept @throws HostError `STATE_UNWRITABLE` */
  keep(keyId: string, keys: StandingAgentKeys): Promise<string>;
  /** @throws HostError `AGENT_KEY_MISSING` where there are none, or none that can be read */
  find(keyId: string): Promise<StandingAgentKeys>;
}
