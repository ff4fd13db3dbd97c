import type { PodServices, TunnelCapabilities, TunnelPort } from '../../src/domain/ports/tunnel-port.ts';
import type { MemoryNetwork } from '../fakes/memory-network.ts';

/** What a backend must provide to be tested. */
export interface TunnelHarness {
  /** What the backend is to declare: the suite compares. */
  readonly capabilities: TunnelCapabilities;
  /** Begins the command line of the program that does what it is told by one more argument: `[process.execPath, '.../tunnel-program.mjs']`. */
  readonly program: readonly string[];
  /** Begins the command line of a program that isn't dynamically linked; with HOST and PORT it sends a byte there, and exits 0 where that came back. */
  readonly staticProgram: readonly string[];
  /** Whether whose backend it is may do what root may. */
  readonly isRoot: boolean;
  /** All of the machine that a backend may change. */
  snapshot(): Promise<string>;
  /** Connections that may be begun at the same moment, where they are fewer than 50. */
  readonly connectsAtOnce?: number;
  setup(): Promise<TunnelPort>;
  /** What a pod in `network` serves, for backends that take it. */
  readonly pod?: (network: MemoryNetwork) => Promise<PodServices>;
  teardown(): Promise<void>;
  /** Processes of this machine that have `marker` as an argument. */
  countProcesses(marker: string): Promise<number>;
}
