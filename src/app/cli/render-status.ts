import type { SessionStatus, StatusInCluster, StatusOfLocal } from '../use-cases/survey-sessions.ts';
import { duration, printable } from './printable.ts';
import { redactText } from './redact.ts';
import { renderTable } from './render-table.ts';

/**
 * What `inpod status` prints.
 * @param format - `json`, one line: `{"ok","local":[...],"cluster":{"context","cluster","kubeNamespace","user","sessions":[...],"unreadable"}}`, or
 * `"cluster":{"error":{"code","message","hint"}}`
 */
export function renderStatus(status: SessionStatus, format: 'text' | 'json'): string {
  if (format === 'json') return redactText(`${JSON.stringify(statusToJson(status))}\n`);
  return redactText(`${localText(status.local)}\n${clusterText(status.cluster)}`);
}

/** Whether no session of this machine is known to be dead, and the cluster could be asked. */
export function isStatusFine({ local, cluster }: SessionStatus): boolean {
  return !('error' in cluster) && local.every(({ state }) => state !== 'dead');
}

function statusToJson(status: SessionStatus): object {
  const { cluster } = status;
  const local = status.local.map(({ sessionId, state, pid, context, kubeNamespace, podName, target, ageMs }) => ({ sessionId, state, pid, context, kubeNamespace, podName, target, ageMs })); // prettier-ignore
  const ok = isStatusFine(status);
  if ('error' in cluster) {
    const { code, message, hint } = cluster.error;
    return { ok, local, cluster: { error: { code, message, hint } } };
  }
  const { context, cluster: name, kubeNamespace, user } = cluster.identity;
  return {
    ok,
    local,
    cluster: { context, cluster: name, kubeNamespace, user, sessions: cluster.sessions, unreadable: cluster.unreadable },
  };
}

function localText(sessions: readonly StatusOfLocal[]): string {
  if (sessions.length === 0) return 'This machine: no sessions\n';
  const dead = sessions.some(({ state }) => state === 'dead');
  const repair = dead ? '  dead sessions are repaired by the next "inpod run" here, or by: inpod restore\n' : '';
  return `This machine\n${indented(renderTable(sessions.map(localRow)))}${repair}`;
}

function localRow({ sessionId, state, pid, context, kubeNamespace, podName, target, ageMs }: StatusOfLocal): readonly string[] {
  if (context === undefined) return [sessionId, state, '', 'its journal has nothing to undo', ''];
  const what = [target === undefined ? '' : `, in place of ${target}`, podName === undefined ? '' : `, pod ${podName}`].join('');
  const where = `context ${context}, namespace ${kubeNamespace}${what}`;
  return [sessionId, state, stateDetail(state, pid), printable(where), `started ${duration(ageMs ?? 0)} ago`];
}

function stateDetail(state: StatusOfLocal['state'], pid: number | undefined): string {
  if (state === 'running') return `pid ${pid}`;
  return state === 'elsewhere' ? 'in a container, or on another machine' : '';
}

function clusterText(cluster: SessionStatus['cluster']): string {
  if ('error' in cluster) {
    const { message, code, hint } = cluster.error;
    return printable(`Cluster: ${message} (${code})\n${hint === undefined ? '' : `hint: ${hint}\n`}`);
  }
  const { identity, sessions, unreadable } = cluster;
  const place = `Namespace ${identity.kubeNamespace} of cluster ${identity.cluster}`;
  const rows = indented(renderTable(sessions.map((session) => clusterRow(session, unreadable.includes('pods')))));
  const notes = [
    ...sessions.flatMap(keptNote),
    ...unreadable.map((what) => `user ${identity.user} may not list ${what}: ${unknowns[what]}`),
  ]
    .map((note) => `  ${note}\n`)
    .join('');
  return printable(
    sessions.length === 0 ? `${place}: no sessions${unreadable.length === 0 ? '' : ' to be seen'}\n${notes}` : `${place}\n${rows}${notes}`,
  );
}

const unknowns = {
  leases: "who holds a session, and whether it is alive, isn't known",
  pods: "names and state of the pods aren't known",
};

function clusterRow(session: StatusInCluster, podsUnknown: boolean): readonly string[] {
  const { sessionId, holder, podName, podPhase, target, replicas, ageMs } = session;
  const pod = podName === undefined ? (podsUnknown ? '-' : 'no pod') : `pod ${podName} ${podPhase?.toLowerCase()}`;
  const place = target === undefined ? '' : `, in place of ${target}, which has ${replicas} to get back`;
  return [sessionId, holder ?? '-', `${pod}${place}`, `made ${duration(ageMs)} ago${lifeSign(session)}`];
}

/** Who drains a node must know whom to ask. */
function keptNote({ podName, budgets }: StatusInCluster): readonly string[] {
  if (budgets === undefined) return [];
  return [
    `pod ${podName} can't be evicted (disruption budget ${budgets.join(', ')}): a drain of its node waits for the end of the session`,
  ];
}

function lifeSign({ leaseAgeMs, silentMs }: StatusInCluster): string {
  if (leaseAgeMs === undefined) return '';
  return silentMs === undefined ? `, last sign of life ${duration(leaseAgeMs)} ago` : `, no sign of life for ${duration(silentMs)}`;
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
