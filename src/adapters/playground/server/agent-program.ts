import { deferred } from '../../../domain/promises.ts';
import { ip } from '../../../domain/netstack/address/ip-address.ts';
import { containerPath, type Variables } from '../../../domain/playground/pod-surroundings.ts';
import type { AgentPayload } from '../../../domain/ports/cluster/agent-pods.ts';
import { agentPort } from '../../../domain/protocol/protocol.ts';
import type { PodProcess, PodProgram } from './pod-process.ts';

/** Files of an agent pod, in its folder, where a cluster's pod has them in volumes. */
const files = {
  program: 'agent.cjs',
  hostKey: 'host-key',
  clientKey: 'client-key.pub',
  environment: 'environ',
  listening: 'listening',
  serving: 'serving',
};

/** Where the agent listens: on the pod's loopback, as in every pod. */
export const agentEndpoint = { address: ip('127.0.0.1'), port: agentPort };

/** The agent as a pod of a cluster runs it, by this Node; its variables tell it where its files are. @param variables - the pod's */
export function agentProgram(payload: AgentPayload, variables: Variables): PodProgram {
  const block = Object.entries({ PATH: containerPath, ...variables }).map(([name, value]) => `${name}=${value}\0`);
  return {
    files: {
      [files.program]: payload.agentProgram,
      [files.hostKey]: payload.agentPrivateKey,
      [files.clientKey]: payload.clientPublicKey,
      [files.environment]: block.join(''),
    },
    argv: [process.execPath, '--max-semi-space-size=1', files.program],
    environment: {
      PATH: containerPath,
      MALLOC_ARENA_MAX: '1',
      INPOD_AGENT_HOST_KEY: files.hostKey,
      INPOD_AGENT_CLIENT_KEY: files.clientKey,
      INPOD_AGENT_ENVIRONMENT: files.environment,
      INPOD_AGENT_LISTENING: files.listening,
      INPOD_AGENT_SERVING: files.serving,
    },
  };
}

/** Calls `said` once the agent has said that the process serves. @throws as `PodProcess.onceMade` */
export function onceServing(agent: PodProcess, signal: AbortSignal, said: () => void): void {
  agent.onceMade(files.serving, signal, said);
}

/** Knocks: whether somebody accepts at the agent's port and says the first word. */
export async function isAgentListening(agent: PodProcess, signal: AbortSignal): Promise<boolean> {
  const answered = deferred<boolean>();
  const channel = await agent.connect(agentEndpoint).catch(() => undefined); // refused: not yet, or no more
  if (!channel) return false;
  const no = (): void => answered.resolve(false);
  channel.attach({ data: () => answered.resolve(true), ended: no, drained: () => undefined, closed: no });
  signal.addEventListener('abort', no, { once: true });
  if (signal.aborted) no();
  try {
    return await answered.promise;
  } finally {
    signal.removeEventListener('abort', no);
    channel.reset({ errno: 'ECONNRESET', message: 'it was just a knock' });
  }
}
