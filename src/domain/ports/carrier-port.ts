import type { ByteChannel } from '../byte-channel.ts';

/** Where byte streams to the agent's port come from: the API's port-forward, a socket of the playground, later a resumable stream over either. */
export interface CarrierPort {
  /**
   * @returns a stream to the agent's port in the pod
   * @throws ClusterError `UNAUTHORIZED`, `FORBIDDEN`, `POD_GONE`, `API_UNREACHABLE`, `API_ERROR`; TunnelError `LINK_FAILED` where nobody listens in the pod yet
   */
  dial(signal: AbortSignal): Promise<ByteChannel>;
}
