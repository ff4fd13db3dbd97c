import { describeOverlaps, findOverlaps, overlapName } from '../../domain/routes/route-overlap.ts';
import type { RoutePlan } from '../../domain/routes/route-plan.ts';
import type { SessionParts } from './session-parts.ts';

/** Tells, each once, where networks of this machine and the cluster's are the same. */
export class OverlapTeller {
  readonly #parts: Pick<SessionParts, 'hostNetwork' | 'events' | 'tunnel'>;
  readonly #routes: () => RoutePlan;
  readonly #told = new Set<string>();

  /** @param routes - as they are at each moment */
  constructor(parts: Pick<SessionParts, 'hostNetwork' | 'events' | 'tunnel'>, routes: () => RoutePlan) {
    this.#parts = parts;
    this.#routes = routes;
  }

  /** Looks at this machine's networks, and tells what is new. Never rejects. */
  async tell(): Promise<void> {
    const { hostNetwork, events, tunnel } = this.#parts;
    const laptopRoutes = await hostNetwork.routes();
    const overlaps = findOverlaps(this.#routes(), laptopRoutes).filter((one) => !this.#told.has(overlapName(one)));
    if (overlaps.length === 0) return;
    for (const one of overlaps) this.#told.add(overlapName(one));
    events({ kind: 'warning', code: 'ROUTES_OVERLAP', ...describeOverlaps(overlaps, tunnel.capabilities.isolated) });
  }
}
