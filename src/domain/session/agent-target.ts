/** A standing agent as it was asked for: `NAME[:CONTAINER]`. */
export interface AgentTarget {
  /** Of its Deployment. */
  readonly name: string;
  /** The agent's container; without one, the one that kubectl takes. */
  readonly container: string | undefined;
}

const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** @returns the agent that `text` names, or what is wrong with it */
export function parseAgentTarget(text: string): AgentTarget | { readonly problem: string } {
  const [name = '', container, ...more] = text.replace(/^(deployments?|deploy)\//i, '').split(':');
  const isWrong = more.length > 0 || !label.test(name) || (container !== undefined && !label.test(container));
  return isWrong ? { problem: `${JSON.stringify(text)} is not NAME[:CONTAINER], the name of an agent's Deployment` } : { name, container };
}

/** What prints the agent again, for hints. */
export function agentRemedy(name: string, kubeNamespace: string): string {
  return `inpod manifest --agent ${name} -n ${kubeNamespace} | kubectl apply --server-side -f -`;
}
