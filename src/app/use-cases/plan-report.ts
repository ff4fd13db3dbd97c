import type { AppError } from '../../domain/errors.ts';
import type { ClusterIdentity } from '../../domain/ports/cluster/identity.ts';
import { imageFiles, localAlways, nameMatcher } from '../../domain/session/environment-rules.ts';
import type { InboundPlan } from '../../domain/session/inbound-plan.ts';
import type { SessionPlan } from '../../domain/session/session-plan.ts';
import type { TemplateVariables } from '../../domain/workload/workload-facts.ts';
import { describeWorkload } from '../../domain/workload/workload-reference.ts';
import type { ExaminedPlan } from './examine-plan.ts';
import type { CheckedPlan } from './plan-pod.ts';

/** What a run would do. */
export interface PlanReport {
  readonly identity: ClusterIdentity;
  readonly backend: { readonly name: string; readonly reason: string };
  readonly pod: { readonly name: string; readonly image: string; readonly serviceAccount: string | undefined };
  /** The workload whose template is used; `undefined` where none is, or it couldn't be read. */
  readonly workload: PlannedWorkload | undefined;
  /** Made for the session, and deleted at its end: `Lease inpod-abcde`. */
  readonly made: readonly string[];
  readonly inbound: InboundPlan;
  readonly variables: PlannedVariables;
  readonly problems: readonly AppError[];
}

/** What becomes of a workload. */
export interface PlannedWorkload {
  readonly name: string;
  readonly container: string;
  /** `swap` takes its place, `copy` leaves it alone. */
  readonly as: 'swap' | 'copy';
  readonly replicas: { readonly before: number; readonly during: number; readonly after: number };
  /** Why it is scaled to 0 before the command runs; `undefined` where it serves until the command does, or isn't touched. */
  readonly gap: string | undefined;
  /** The session, long silent, that is ended first: its holder. */
  readonly predecessor: string | undefined;
  readonly initContainers: { readonly run: readonly string[]; readonly skipped: readonly string[] };
}

/** By name alone. */
export interface PlannedVariables {
  /** Of the template: the command gets them. */
  readonly passed: readonly string[];
  /** Where the template takes others from: `Secret keys`. */
  readonly from: readonly string[];
  /** Of the template, but this machine's own value stays. */
  readonly keptLocal: readonly string[];
  /** Of the template: they name files of the image. */
  readonly withheld: readonly string[];
  /** `--env-exclude`. */
  readonly excluded: readonly string[];
  /** `--env`. */
  readonly own: readonly string[];
}

/** What of the settings isn't in the plan of a session. */
export interface ReportedSettings {
  readonly identity: ClusterIdentity;
  readonly backendName: string;
  readonly env: Readonly<Record<string, string>>;
  readonly envExclude: readonly string[];
}

/** Pure. @param asked - the plan as it was asked for */
export function reportPlan({ checked, problems }: ExaminedPlan, asked: SessionPlan, settings: ReportedSettings): PlanReport {
  const plan = checked?.plan ?? asked;
  return {
    identity: settings.identity,
    backend: { name: settings.backendName, reason: plan.backendReason },
    pod: { name: plan.podName, image: plan.image, serviceAccount: plan.serviceAccount },
    workload: checked && plannedWorkload(checked),
    made: madeObjects(plan),
    inbound: plan.inbound,
    variables: plannedVariables(templateVariables(checked), settings),
    problems,
  };
}

/** What a session makes, by its plan. */
export function madeObjects({ leaseName, podName, inbound, swap, agent }: SessionPlan): readonly string[] {
  if (agent) return [];
  return [
    `Lease ${leaseName}`,
    `Pod ${podName}`,
    `Secret ${leaseName}`,
    ...(inbound.expose.length > 0 && !swap ? [`Service ${podName}`] : []),
  ];
}

function plannedWorkload({ pod, swap, facts, plan }: CheckedPlan): PlannedWorkload | undefined {
  const { template } = pod;
  if (!template || !facts) return undefined;
  const { replicas } = facts;
  return {
    name: describeWorkload(template),
    container: template.container,
    as: swap ? 'swap' : 'copy',
    replicas: { before: replicas, during: swap ? 0 : replicas, after: replicas },
    gap: swap?.order.order === 'scaled-first' ? swap.order.gap : undefined,
    predecessor: swap?.successorTo?.holder,
    initContainers: {
      run: facts.initContainers.filter((name) => !plan.skipInit.includes(name)),
      skipped: plan.skipInit,
    },
  };
}

function templateVariables(checked: CheckedPlan | undefined): TemplateVariables {
  const container = checked?.pod.template?.container;
  return (container === undefined ? undefined : checked?.facts?.variables[container]) ?? { names: [], from: [] };
}

function plannedVariables({ names, from }: TemplateVariables, { env, envExclude }: ReportedSettings): PlannedVariables {
  const [isLocal, isOfImage, isExcluded] = [localAlways, imageFiles, envExclude].map(nameMatcher);
  const fates = names.map((name) => {
    if (isLocal?.(name)) return { name, fate: 'local' };
    if (isOfImage?.(name)) return { name, fate: 'withheld' };
    return { name, fate: isExcluded?.(name) ? 'excluded' : 'passed' };
  });
  const of = (wanted: string): readonly string[] => fates.flatMap(({ name, fate }) => (fate === wanted ? [name] : []));
  return { passed: of('passed'), from, keptLocal: of('local'), withheld: of('withheld'), excluded: of('excluded'), own: Object.keys(env) };
}
