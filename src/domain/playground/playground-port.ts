import type { ShopService } from './sample-shop.ts';

/** A playground that runs. */
export interface RunningPlayground {
  /** The sample shop's, with the address of each Service. */
  readonly services: readonly (ShopService & { readonly address: string })[];
  /** Ends all pods; nothing is left of it. Idempotent. */
  close(): Promise<void>;
}

/** Starts playgrounds: one at a time for each user. */
export interface PlaygroundPort {
  /**
   * Resolves when the sample shop's services can be reached.
   * @throws ClusterError `CONFLICT` where this user's playground runs already; HostError `NAMESPACES_FORBIDDEN`, `TUN_UNAVAILABLE`, `STATE_UNWRITABLE`.
   * Nothing is left then
   */
  start(): Promise<RunningPlayground>;
}
