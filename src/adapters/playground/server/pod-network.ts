import type { ByteChannel } from '../../../domain/byte-channel.ts';
import { ErrnoError } from '../../../domain/errno-error.ts';
import { ClusterError } from '../../../domain/errors.ts';
import type { Endpoint } from '../../../domain/netstack/address/endpoint.ts';
import { lookUp } from '../../../domain/playground/cluster-zone.ts';
import { answerQuery } from '../../../domain/playground/dns-answer.ts';
import type { ObjectStore } from '../../../domain/playground/object-store.ts';
import { destinationOf } from '../../../domain/playground/playground-network.ts';
import type { PodObject } from '../../../domain/playground/playground-objects.ts';
import type { DatagramChannel } from '../../../domain/ports/link-port.ts';
import type { OutboundNetwork } from '../../../domain/ports/tunnel-port.ts';
import type { PodProcess } from './pod-process.ts';

/** What the cluster's network is made of. */
export interface PodNetworkParts {
  readonly objects: ObjectStore;
  /** @throws ClusterError `POD_GONE` where it doesn't run */
  readonly processOf: (pod: PodObject) => Promise<PodProcess>;
  /** 0 up to, but without, 1. */
  readonly chance: () => number;
}

/** The cluster's network, as each pod of the playground sees it: other pods, Services, the cluster's DNS, and no internet. */
export class PodNetwork implements OutboundNetwork {
  readonly #parts: PodNetworkParts;

  constructor(parts: PodNetworkParts) {
    this.#parts = parts;
  }

  async dial(destination: Endpoint): Promise<ByteChannel> {
    const { objects, processOf, chance } = this.#parts;
    const { pod, port } = destinationOf(objects, destination, chance());
    try {
      const process = await processOf(pod);
      return await process.connect({ address: pod.address, port });
    } catch (error) {
      throw error instanceof ClusterError ? new ErrnoError('EHOSTUNREACH', error.message, { cause: error }) : error;
    }
  }

  /** Pods are reached by sockets of their own kernel, of which the tunnel gives none for UDP. */
  openDatagrams(): DatagramChannel {
    throw new ErrnoError('EHOSTUNREACH', 'the playground carries no UDP but for DNS');
  }

  resolve(message: Uint8Array): Promise<Uint8Array> {
    return Promise.resolve(answerQuery(message, (name) => lookUp(this.#parts.objects, name)));
  }
}
