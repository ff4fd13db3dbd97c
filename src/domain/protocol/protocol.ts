/** Version of everything that laptop and agent say to each other. Another version is an error that names both. */
export const protocolVersion = 1;

/** The agent's port on the pod's loopback. Above the ephemeral range, so that no outgoing connection of the pod takes it. */
export const agentPort = 61_022;

/** SSH user name; authentication is by key alone. */
export const agentUser = 'inpod';

/** SSH subsystem names (RFC 4254 §6.5). */
export const subsystems = { control: 'inpod-control', dns: 'inpod-dns', udp: 'inpod-udp' } as const;

/** Directory of the agent's files (the Secret) and of its scratch space (a memory emptyDir) in the pod; both read by the pod manifest and by the agent. */
export const agentPaths = {
  payload: '/inpod/agent',
  program: '/inpod/agent/agent.cjs',
  hostKey: '/inpod/agent/host-key',
  clientKey: '/inpod/agent/client-key.pub',
  scratch: '/inpod/run',
  environment: '/inpod/run/environ',
  listening: '/inpod/run/listening',
  serving: '/inpod/run/serving',
} as const;
