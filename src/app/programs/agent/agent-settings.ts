import { agentPaths, agentPort } from '../../../domain/protocol/protocol.ts';

/** Where the agent listens and finds its files. In a pod these are fixed; tests set them by variables, since Node starts without the pod's. */
export interface AgentSettings {
  /** 0 lets the kernel choose. */
  readonly port: number;
  readonly hostKeyFile: string;
  readonly clientKeyFile: string;
  /** NUL-separated variables of the container, as the kernel shows them in /proc/PID/environ. */
  readonly environmentFile: string;
  /** Written with the port number once the agent listens: the startup probe waits for it. */
  readonly listeningFile: string;
  /** Written once the process serves: the readiness probe of a pod in a workload's place waits for it. */
  readonly servingFile: string;
  readonly resolvConfFile: string;
  readonly hostsFile: string;
  /** The port of the pod's name servers, which resolv.conf can't name. */
  readonly dnsPort: number;
}

/** The settings of a pod, each overridable by `INPOD_AGENT_...`. */
export function readAgentSettings(variables: Readonly<Record<string, string | undefined>>): AgentSettings {
  const text = (name: string, fallback: string): string => variables[`INPOD_AGENT_${name}`] ?? fallback;
  return {
    port: Number(text('PORT', String(agentPort))),
    hostKeyFile: text('HOST_KEY', agentPaths.hostKey),
    clientKeyFile: text('CLIENT_KEY', agentPaths.clientKey),
    environmentFile: text('ENVIRONMENT', agentPaths.environment),
    listeningFile: text('LISTENING', agentPaths.listening),
    servingFile: text('SERVING', agentPaths.serving),
    resolvConfFile: text('RESOLV_CONF', '/etc/resolv.conf'),
    hostsFile: text('HOSTS', '/etc/hosts'),
    dnsPort: Number(text('DNS_PORT', '53')),
  };
}
