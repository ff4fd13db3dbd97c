import type { PodProgress } from '../../../domain/ports/cluster/agent-pods.ts';
import type { PlaygroundOperation, RequestOf, ResultOf } from '../playground-protocol.ts';

/** Who asks. */
export interface Caller {
  readonly progress: (step: PodProgress) => void;
  /** Aborts when the caller went away. */
  readonly signal: AbortSignal;
}

/** What does each of these operations. */
export type HandlersOf<Ops extends PlaygroundOperation> = {
  readonly [Op in Ops]: (request: RequestOf<Op>, caller: Caller) => Promise<ResultOf<Op>> | ResultOf<Op>;
};
