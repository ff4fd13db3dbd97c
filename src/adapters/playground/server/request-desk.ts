import { ClusterError, TunnelError } from '../../../domain/errors.ts';
import { ErrnoError } from '../../../domain/errno-error.ts';
import type { ByteChannel } from '../../../domain/byte-channel.ts';
import type { ObjectStore } from '../../../domain/playground/object-store.ts';
import { playgroundRanges } from '../../../domain/playground/playground-network.ts';
import { missingInPlayground } from '../../../domain/playground/playground-rights.ts';
import { surveySessions } from '../../../domain/playground/session-survey.ts';
import type { PlaygroundOperation, PlaygroundRequest, RequestOf } from '../playground-protocol.ts';
import type { WorkloadCalls } from '../workload-calls.ts';
import { PlaygroundAgentPods } from './agent-pods.ts';
import { agentEndpoint } from './agent-program.ts';
import type { DeploymentController } from './deployment-controller.ts';
import type { ObjectHost } from './object-host.ts';
import type { Caller, HandlersOf } from './request-handlers.ts';
import { workloadHandlers } from './workload-handlers.ts';

/** What requests are answered with. */
export interface RequestDeskParts {
  readonly objects: ObjectStore;
  readonly host: ObjectHost;
  readonly deployments: DeploymentController;
  readonly namespaces: readonly string[];
}

/** Does what clients ask for. */
export class RequestDesk {
  readonly #objects: ObjectStore;
  readonly #host: ObjectHost;
  readonly #namespaces: readonly string[];
  readonly #agentPods: PlaygroundAgentPods;
  readonly #handlers: HandlersOf<PlaygroundOperation>;

  constructor(parts: RequestDeskParts) {
    this.#objects = parts.objects;
    this.#host = parts.host;
    this.#namespaces = parts.namespaces;
    this.#agentPods = new PlaygroundAgentPods(parts.objects, parts.host);
    this.#handlers = { ...this.#own, ...workloadHandlers(parts) };
  }

  /** @returns the result of the request's operation @throws AppError */
  async answer(request: PlaygroundRequest, caller: Caller): Promise<unknown> {
    if (request.op !== 'hello') this.#requireNamespace(request.kubeNamespace);
    // The table has a handler of the request's own kind at each key, which TypeScript can't see through the union.
    const handle = this.#handlers[request.op] as ((request: PlaygroundRequest, caller: Caller) => unknown) | undefined;
    if (!handle) throw new ClusterError({ code: 'API_ERROR', message: `the playground knows no request ${request.op}` });
    return handle(request, caller);
  }

  /** A stream to the agent in a pod. @throws ClusterError `POD_GONE`; TunnelError `LINK_FAILED` where nobody listens yet */
  async dialAgent({ kubeNamespace, podName }: RequestOf<'dial'>): Promise<ByteChannel> {
    this.#requireNamespace(kubeNamespace);
    const agent = await this.#host.runningProcess({ kubeNamespace, name: podName });
    try {
      return await agent.connect(agentEndpoint);
    } catch (error) {
      if (!(error instanceof ErrnoError)) throw error;
      throw new TunnelError({
        code: 'LINK_FAILED',
        message: `the agent in the pod ${podName} doesn't answer: ${error.message}`,
        hint: 'it may just be starting',
        details: { errno: error.errno },
        transient: true,
      });
    }
  }

  readonly #own: HandlersOf<Exclude<PlaygroundOperation, keyof WorkloadCalls>> = {
    hello: () => ({ pid: process.pid }),
    'require-namespace': () => null,
    'missing-rights': ({ required }) => missingInPlayground(required),
    ranges: () => playgroundRanges,
    'create-lease': ({ kubeNamespace, spec }) => this.#host.addLease(kubeNamespace, spec),
    'renew-lease': ({ kubeNamespace, name }) => {
      this.#host.renewLease(kubeNamespace, name);
      return null;
    },
    'read-lease': ({ kubeNamespace, name }) => this.#host.readLease(kubeNamespace, name) ?? null,
    'claim-lease': ({ kubeNamespace, claim }) => this.#host.claimLease(kubeNamespace, claim),
    'leave-notice': ({ kubeNamespace, notice }) => {
      this.#host.leaveNotice(kubeNamespace, notice);
      return null;
    },
    'take-notice': ({ kubeNamespace, name }) => this.#host.takeNotice(kubeNamespace, name) ?? null,
    'delete-lease': async ({ kubeNamespace, name }) => {
      await this.#host.remove({ kind: 'Lease', kubeNamespace, name });
      return null;
    },
    'list-sessions': ({ kubeNamespace }) => surveySessions(this.#objects, kubeNamespace),
    'dry-run-agent-pod': ({ kubeNamespace, spec }) => {
      this.#agentPods.admit(kubeNamespace, spec);
      return null;
    },
    'create-agent-pod': async ({ kubeNamespace, spec, readyLimitMs }, { progress, signal }) => {
      await this.#agentPods.create(kubeNamespace, spec, { progress, readyLimitMs, signal });
      return null;
    },
    dial: () => null,
  };

  #requireNamespace(kubeNamespace: string): void {
    if (this.#namespaces.includes(kubeNamespace)) return;
    throw new ClusterError({
      code: 'NAMESPACE_NOT_FOUND',
      message: `the namespace ${JSON.stringify(kubeNamespace)} doesn't exist in the playground`,
      hint: `choose another with --namespace; there are: ${this.#namespaces.join(', ')}`,
      details: { namespace: kubeNamespace },
    });
  }
}
