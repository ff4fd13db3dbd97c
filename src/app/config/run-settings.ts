import type { BackendName, MethodName } from '../../domain/backend/backend-names.ts';
import type { DnsChoice } from '../../domain/ports/tunnel-port.ts';
import type { ProxyTarget } from '../../domain/routes/proxy-target.ts';
import type { AgentTarget } from '../../domain/session/agent-target.ts';
import type { InboundPlan } from '../../domain/session/inbound-plan.ts';
import type { SessionTimings } from '../../domain/session/session-plan.ts';
import type { WorkloadTarget } from '../../domain/workload/workload-reference.ts';

/** Times of a session, in milliseconds. */
export interface TimingSettings extends SessionTimings {
  /** A link that says nothing for this long is taken for dead. */
  readonly linkSilenceMs: number;
}

/** All that a run was asked for: validated, defaults filled in, paths absolute. */
export interface RunSettings {
  /** `--name`: the pod's name; without it one is made from user and folder. */
  readonly name: string | undefined;
  /** `--swap`. */
  readonly swap: WorkloadTarget | undefined;
  /** `--copy`. */
  readonly copy: WorkloadTarget | undefined;
  /** `--agent`: a standing agent. */
  readonly standingAgent: AgentTarget | undefined;
  /** `--skip-init`: init containers of the workload that don't run again. */
  readonly skipInit: readonly string[];
  readonly backend: BackendName | 'auto';
  /** `--method`: the older name of the same. */
  readonly method: MethodName | undefined;
  readonly alsoProxy: readonly ProxyTarget[];
  readonly neverProxy: readonly ProxyTarget[];
  /** `--expose`, `--to-pod`, `--from-pod`, `--from-host`, `--publish`. */
  readonly inbound: InboundPlan;
  /** `--env`: variables that win over all. Secrets, perhaps. */
  readonly env: Readonly<Record<string, string>>;
  /** `--env-exclude`: globs over names of the pod's variables. */
  readonly envExclude: readonly string[];
  readonly envJson: string | undefined;
  readonly envFile: string | undefined;
  /** `--namespace`. */
  readonly kubeNamespace: string | undefined;
  readonly context: string | undefined;
  readonly kubeconfig: string | undefined;
  /** `--as`. */
  readonly impersonate: string | undefined;
  /** `--serviceaccount`. */
  readonly serviceAccount: string | undefined;
  readonly dns: DnsChoice;
  readonly agent: { readonly image: string };
  readonly timings: TimingSettings;
  /** Contexts that need `--yes`: names or globs, from the user's own file alone. */
  readonly protectedContexts: readonly string[];
  readonly yes: boolean;
  readonly verbose: boolean;
  readonly logfile: string | undefined;
  readonly output: 'text' | 'json';
  readonly pcap: string | undefined;
  /** What to run, at least one word: the user's shell where nothing was said. */
  readonly command: readonly [string, ...string[]];
  /** Whether `command` is just the user's shell. */
  readonly isShell: boolean;
}

/** What holds where nobody says otherwise; 5 minutes for the pod leave room for a slow image pull. */
export const defaultSettings = {
  backend: 'auto',
  agent: { image: 'node:24-slim' },
  timings: {
    podReadyMs: 300_000,
    linkLimitMs: 300_000,
    linkSilenceMs: 15_000,
    leaseRenewMs: 10_000,
    acceptLimitMs: 30_000,
    releaseLimitMs: 60_000,
    routeSettleMs: 2000,
    drainMs: 3000,
    workloadReadyMs: 120_000,
    endGraceMs: 10_000,
    takeoverMs: 300_000,
    guardMs: 120_000,
  },
  output: 'text',
} as const;
