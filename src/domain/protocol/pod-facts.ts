import type { ByteEnvironment } from '../session/byte-environment.ts';

/** What the agent knows of its pod, asked once over the control channel. */
export interface PodFacts {
  /** Protocol version that the agent speaks. */
  readonly protocolVersion: number;
  /** The container's variables as the kubelet set them, before our agent's own. */
  readonly environment: ByteEnvironment;
  readonly hostname: string;
  /** Text of the pod's /etc/hosts. */
  readonly hosts: string;
  /** Text of the pod's /etc/resolv.conf. */
  readonly resolvConf: string;
  /** The pod's own addresses, loopback and link-local left out; text forms. */
  readonly addresses: readonly string[];
  /** Mount points that belong to volumes: not the image's, not the kernel's. */
  readonly mounts: readonly string[];
  /** Destinations of the pod's routes, as CIDRs, default routes left out. */
  readonly routes: readonly string[];
}
