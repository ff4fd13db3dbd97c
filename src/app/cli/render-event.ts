import type { SessionEvent } from '../../domain/session/session-event.ts';
import type { ConnectionTally, TrafficSummary } from '../../domain/session/session-traffic.ts';
import { byteSize, duration, printable } from './printable.ts';

/** How much to say. */
export interface EventView {
  /** `-v`: every event. */
  readonly verbose: boolean;
  /** Since the program's start. */
  readonly elapsedMs: number;
}

type Kind = SessionEvent['kind'];
type EventOf<K extends Kind> = Extract<SessionEvent, { kind: K }>;

/** What one kind of event says: the text, and whether a normal run shows it. `undefined`: nothing worth a line. */
type Renderers = {
  readonly [K in Kind]: (event: EventOf<K>, view: EventView) => { readonly text: string; readonly always: boolean } | undefined;
};

const always = (text: string): { text: string; always: true } => ({ text, always: true });
const verboseOnly = (text: string): { text: string; always: false } => ({ text, always: false });

const renderers: Renderers = {
  'session-opening': ({ identity, ...event }, { verbose }) => {
    const who = `cluster ${identity.cluster}, namespace ${identity.kubeNamespace}, user ${identity.user}`;
    // Another than the usual one does less: who didn't ask for it is told.
    const isFallback = event.backend !== 'tun' && !event.backendReason.startsWith('asked for');
    if (!verbose) return always(isFallback ? `${who}\nbackend ${event.backend}: ${event.backendReason}` : who);
    const pod = event.image === undefined ? `standing agent ${event.podName}` : `pod ${event.podName}, image ${event.image}`;
    return always(
      `${who}\ncontext ${identity.context}, server ${identity.server}\nsession ${event.sessionId}, ${pod}\nbackend ${event.backend}: ${event.backendReason}`,
    );
  },
  'step-done': (event) => verboseOnly(`${event.step}: ${event.detail} (${duration(event.tookMs)})`),
  'pod-progress': (event) => ({
    text: `pod ${event.step}${event.detail === '' ? '' : `: ${event.detail}`}`,
    always: event.step === 'pulling',
  }),
  'environment-made': (event, { verbose }) => {
    const parts = [
      ...(verbose ? [`${event.podVariables} variables of the pod`] : []),
      ...nameList('withheld, since they name files of the image', event.withheld),
      ...(verbose ? nameList('excluded', event.excluded) : []),
    ];
    return parts.length === 0 ? undefined : always(parts.join('; '));
  },
  'child-starting': (event) => always(`pod ${event.podName} after ${duration(event.sinceStartMs)}; running ${event.command}`),
  // The step's line has its pid.
  'child-started': () => undefined,
  'ports-bound': ({ inbound, service }) => {
    const lines = [
      ...inbound.expose.map(
        ({ localPort, podPort }) =>
          `the pod's port ${podPort}${service === undefined ? '' : ` (${service}:${podPort} in the cluster)`} goes to your port ${localPort}`,
      ),
      ...inbound.toPod.map((port) => `port ${port} of the pod's localhost goes to your port ${port}`),
      ...inbound.fromPod.map((port) => `your localhost:${port} is the pod's`),
      ...inbound.fromHost.map((port) => `your command's localhost:${port} is this machine's`),
    ];
    return lines.length === 0 ? undefined : always(lines.join('\n'));
  },
  'port-published': ({ port, laptopPort }) =>
    always(
      `port ${port} of your command is on 127.0.0.1:${laptopPort}${port === laptopPort ? '' : `, since ${port} is taken or reserved here`}`,
    ),
  'port-withdrawn': ({ port }) => verboseOnly(`your command listens on port ${port} no more`),
  'process-awaited': ({ port, limitMs }) =>
    always(`a connection waits for your command to listen on port ${port} (for ${duration(limitMs)} at most)`),
  'process-reached': ({ port, afterMs }) => verboseOnly(`your command listens on port ${port} (after ${duration(afterMs)})`),
  'child-ending': ({ reason, limitMs }) => always(`${reason}; your command gets SIGTERM, and ${duration(limitMs)} at most to end`),
  'child-exited': ({ exit }) =>
    verboseOnly(exit.code === undefined ? `the command died of signal ${exit.signal}` : `the command ended with code ${exit.code}`),
  'range-found': ({ cidr, source }) => verboseOnly(`${cidr} is the cluster's too (${source})`),
  'name-answered': ({ name, type, by, outcome, tookMs }) =>
    verboseOnly(`name ${name === '' ? '.' : name} ${type}: ${nameOutcome(by, outcome)} (${duration(tookMs)})`),
  'names-untold': ({ count }) => verboseOnly(`${count} more names were answered than could be told`),
  'address-beside': ({ name, address }) => verboseOnly(`the cluster has ${name} at ${address}, which is reached from this machine`),
  traffic: ({ traffic }) => verboseOnly(trafficLines(traffic).join('\n')),
  'link-lost': (event) => {
    const broken = event.brokenConnections === 0 ? '' : `; ${event.brokenConnections} open connections broke`;
    return always(`lost the link to the pod: ${event.reason}${broken}; trying again for ${duration(event.limitMs)}`);
  },
  'link-restored': (event) => always(`the link to the pod is back after ${duration(event.afterMs)}`),
  'swap-gap': ({ workload, reason }) => always(`${workload} goes before your command comes (${reason}): nobody serves in between`),
  'place-awaited': ({ workload, ports }) => always(`${workload} serves until your command listens on port ${ports.join(' and ')}`),
  'place-taken': ({ workload, services }) =>
    always(`${workload} is at 0${services.length === 0 ? '' : `; what comes for ${services.join(', ')} goes to your command`}`),
  'workload-given-back': ({ workload, replicas, outcome }) =>
    always(
      {
        restored: `${workload} has its ${replicas === 1 ? 'replica' : `${replicas} replicas`} back`,
        unmarked: `${workload} was scaled by somebody else, and is left so`,
        'left-alone': `${workload} is gone, or not this session's any more, and is left alone`,
      }[outcome],
    ),
  warning: (event) => always(`${event.message} (${event.code})${event.hint === undefined ? '' : `\nhint: ${event.hint}`}`),
  releasing: (event) => verboseOnly(`releasing ${event.things.join('; ')}`),
  'release-waits': (event) => always(`still releasing ${event.things.join('; ')}`),
  released: (event) => verboseOnly(`everything released (${duration(event.tookMs)})`),
  'left-behind': (event) => always(`left behind: ${event.objects.join(', ')}: ${event.reason}\nhint: ${event.hint}`),
  'path-measured': ({ path, round, rounds, figures }) =>
    always(
      `round ${round} of ${rounds}: ${path}, ${Math.round(figures.downMbitPerSecond)} Mbit/s down, ${Math.round(figures.upMbitPerSecond)} up, ${Math.round(figures.connectsPerSecond)} connections a second, p50 ${figures.requestP50Ms.toFixed(1)} ms`,
    ),
  'path-failed': ({ path, round, reason }) => always(`round ${round}: ${path} failed, and is left out from now on: ${reason}`),
  'session-repaired': (event) => always(`repaired the dead session ${event.sessionId}: ${event.detail}`),
};

/** A line for what each way had; a session that nobody used says so. */
function trafficLines({ outbound, inbound, datagrams, slowestDial }: TrafficSummary): readonly string[] {
  const lines = [
    ...tallyLine('from the command', outbound),
    ...tallyLine('to the command', inbound),
    ...(datagrams.sent + datagrams.received > 0 ? [`datagrams: ${datagrams.sent} sent, ${datagrams.received} received`] : []),
    ...(slowestDial ? [`slowest dial: ${slowestDial.target}, ${slowestDial.outcome} after ${duration(slowestDial.tookMs)}`] : []),
  ];
  return lines.length === 0 ? ['nothing flowed'] : lines;
}

function tallyLine(what: string, { connections, sentBytes, receivedBytes }: ConnectionTally): readonly string[] {
  if (connections === 0) return [];
  const bytes = `it sent ${byteSize(sentBytes)}, received ${byteSize(receivedBytes)}`;
  return [`connections ${what}: ${connections}; by them ${bytes}`];
}

function nameOutcome(by: EventOf<'name-answered'>['by'], outcome: EventOf<'name-answered'>['outcome']): string {
  if (by === 'nobody') return 'neither the cluster nor this machine answers';
  const side = by === 'cluster' ? "the cluster's" : "this machine's";
  const said = { found: 'by', 'no-such-record': 'no such record, by', 'no-such-name': 'no such name, by', failed: 'a failure of' };
  return `${said[outcome]} ${side} resolver`;
}

function nameList(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what}: ${names.join(' ')}`];
}

/** Lines for stderr, without newlines; none where a normal run says nothing. */
export function renderEvent(event: SessionEvent, view: EventView): readonly string[] {
  // The table has a renderer of the event's own kind at each key, which TypeScript can't see through the union.
  const render = renderers[event.kind] as (event: SessionEvent, view: EventView) => { text: string; always: boolean } | undefined;
  const rendered = render(event, view);
  if (!rendered || (!rendered.always && !view.verbose)) return [];
  const prefix = view.verbose ? `inpod: [${String(Math.round(view.elapsedMs)).padStart(5)} ms] ` : 'inpod: ';
  return printable(rendered.text)
    .split('\n')
    .map((line, i) => (line.startsWith('hint: ') ? line : `${i === 0 ? prefix : ' '.repeat(prefix.length)}${line}`));
}

/** The event as one line of JSON, newline not included. */
export function eventToJson(event: SessionEvent, elapsedMs: number): string {
  return JSON.stringify({ elapsedMs: Math.round(elapsedMs), ...event });
}
