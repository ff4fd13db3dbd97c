import type { PlannedVariables, PlannedWorkload, PlanReport } from '../use-cases/plan-report.ts';
import { printable } from './printable.ts';
import { redactText } from './redact.ts';
import { renderTable } from './render-table.ts';

type Rows = readonly (readonly [string, string])[];

/** What `inpod plan` prints. @param format - `json`: the report as it is, one line, with `ok` and each problem as `{"code","message","hint"}` */
export function renderPlan(report: PlanReport, format: 'text' | 'json'): string {
  if (format === 'json') {
    const problems = report.problems.map(({ code, message, hint }) => ({ code, message, hint }));
    return redactText(`${JSON.stringify({ ok: problems.length === 0, ...report, problems })}\n`);
  }
  const { identity, workload } = report;
  const head = `cluster ${identity.cluster}, namespace ${identity.kubeNamespace}, user ${identity.user}\n`;
  const parts = [
    section('Session', sessionRows(report)),
    section(`Workload ${workload?.name ?? ''}`, workload ? workloadRows(workload) : []),
    section(
      'Made, and deleted at the end',
      report.made.map((object) => splitOnce(object)),
    ),
    section('Ports', portRows(report)),
    section('Variables', variableRows(report.variables)),
    problemText(report),
  ];
  return redactText(printable(`${head}\n${parts.filter((part) => part !== '').join('\n')}`));
}

function section(title: string, rows: Rows): string {
  return rows.length === 0 ? '' : `${title}\n${renderTable(rows).replace(/^(?=.)/gm, '  ')}`;
}

function sessionRows({ backend, pod }: PlanReport): Rows {
  const account = pod.serviceAccount === undefined ? '' : `, service account ${pod.serviceAccount}`;
  return [
    ['backend', `${backend.name}: ${backend.reason}`],
    ['pod', `${pod.name}, image ${pod.image}${account}`],
  ];
}

function workloadRows({ container, as, replicas, gap, predecessor, initContainers }: PlannedWorkload): Rows {
  const { run, skipped } = initContainers;
  return [
    ['your command', `becomes its container ${container}${as === 'copy' ? ', in a copy beside it' : ''}`],
    ['changed', as === 'copy' ? 'nothing' : `replicas ${replicas.before}, then ${replicas.during}, and ${replicas.after} again at the end; annotation inpod.dev/session`],
    ...(as === 'copy' ? [] : ([['order', gap === undefined ? 'it serves until your command does' : `it is scaled first, and nobody serves in between: ${gap}`]] as const)),
    ...(predecessor === undefined ? [] : ([['first', `the session of ${predecessor} is ended, which has long been silent`]] as const)),
    ...(run.length === 0 ? [] : ([['runs again', `init containers ${run.join(', ')}`]] as const)),
    ...(skipped.length === 0 ? [] : ([['left out', `init containers ${skipped.join(', ')}`]] as const)),
    ['mounted', "nothing yet for your command; the pod's sidecars have their volumes"],
  ]; // prettier-ignore
}

function portRows({ inbound, pod, workload }: PlanReport): Rows {
  const service = workload?.as === 'swap' ? '' : ` (${pod.name} in the cluster)`;
  return [
    ...inbound.expose.map(({ localPort, podPort }) => [`pod ${podPort}`, `goes to your port ${localPort}${service}`] as const),
    ...inbound.toPod.map((port) => [`pod's localhost ${port}`, `goes to your port ${port}`] as const),
    ...inbound.fromPod.map((port) => [`your localhost ${port}`, "is the pod's"] as const),
    ...inbound.fromHost.map((port) => [`your localhost ${port}`, "is this machine's"] as const),
  ];
}

function variableRows({ passed, from, keptLocal, withheld, excluded, own }: PlannedVariables): Rows {
  const rows: Rows = [
    ['of the template', passed.join(' ')],
    ['all of', from.join(', ')],
    ["this machine's", keptLocal.join(' ')],
    ['withheld, since they name files of the image', withheld.join(' ')],
    ['excluded', excluded.join(' ')],
    ['yours', own.join(' ')],
  ];
  return rows.filter(([, names]) => names !== '');
}

function problemText({ problems }: PlanReport): string {
  if (problems.length === 0) return 'No problem: inpod run would start. Nothing was changed.\n';
  return problems
    .map(({ code, message, hint }) => `Problem: ${message} (${code})\n${hint === undefined ? '' : `hint: ${hint}\n`}`)
    .join('');
}

function splitOnce(text: string): readonly [string, string] {
  const at = text.indexOf(' ');
  return [text.slice(0, at), text.slice(at + 1)];
}
