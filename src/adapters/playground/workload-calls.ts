import type { LeaseReference } from '../../domain/ports/cluster/agent-pods.ts';
import type { GivenBack, Meddling, ScaleDown } from '../../domain/ports/cluster/workloads.ts';
import type { WorkloadFacts, WorkloadHold } from '../../domain/workload/workload-facts.ts';
import type { WorkloadReference } from '../../domain/workload/workload-reference.ts';

/** What is asked of workloads: the calls of the port `Workloads`. Those that wait are answered when it is so. */
export interface WorkloadCalls {
  'read-workload': { readonly needs: { readonly reference: WorkloadReference }; readonly gives: WorkloadFacts };
  'mark-workload': { readonly needs: { readonly hold: WorkloadHold }; readonly gives: null };
  'scale-down': {
    readonly needs: { readonly hold: WorkloadHold; readonly how: ScaleDown; readonly owner: LeaseReference };
    readonly gives: null;
  };
  'end-orphans': { readonly needs: { readonly sessionId: string }; readonly gives: null };
  'until-scaled-down': { readonly needs: { readonly reference: WorkloadReference }; readonly gives: null };
  'until-meddled': { readonly needs: { readonly hold: WorkloadHold }; readonly gives: Meddling };
  'give-back-workload': { readonly needs: { readonly hold: WorkloadHold }; readonly gives: GivenBack };
  'until-routed': { readonly needs: { readonly podName: string }; readonly gives: readonly string[] };
  'until-served-without': { readonly needs: { readonly besides: string }; readonly gives: readonly string[] };
  'withdraw-pod': { readonly needs: { readonly podName: string }; readonly gives: null };
}
