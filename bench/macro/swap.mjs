/**
 * What taking a workload's place takes, and giving it back: rows swap-start, swap-place, swap-end, beside the pod's own start and the workload's own stop and start.
 * Needs KUBECONFIG (a user who may make pods and Deployments) and kubectl: KUBECTL, else the one on PATH.
 *   node bench/macro/swap.mjs [--json] [--runs 5] [--namespace default]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { benchOptions, inpod, median } from './bench-script.mjs';
import { apply, kubectl } from './server-pod.mjs';

const { options, runs, say } = benchOptions({});
const name = `bench-swap-${process.pid}`;
const server = `require('http').createServer((_, answer) => answer.end('ok')).listen(8080)`;

/** Two replicas that end at once on SIGTERM, and a Service. */
function workload() {
  const labels = { app: name };
  const container = {
    name: 'main',
    image: 'node:24-slim',
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '-e', `process.on('SIGTERM', () => process.exit(0)); ${server}`],
    ports: [{ containerPort: 8080 }],
    readinessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
  };
  const template = { metadata: { labels }, spec: { containers: [container] } };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas: 2, selector: { matchLabels: labels }, template },
  };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
  };
  return { apiVersion: 'v1', kind: 'List', items: [deployment, service] };
}

/** A session that has the place, and is ended by a signal to its command. @returns milliseconds */
async function swapped() {
  const args = ['run', '-n', options.namespace, '--swap', name, '-o', 'json', '--', process.execPath, '-e', server];
  const session = spawn(inpod, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(session, 'exit');
  const found = {};
  for await (const line of createInterface(session.stderr)) {
    const event = line.startsWith('{') ? JSON.parse(line) : {};
    if (event.kind === 'step-done' && event.step === 'pod') found.podMs = event.tookMs;
    if (event.kind === 'child-started') found.startMs = event.elapsedMs;
    if (event.kind === 'place-taken') {
      found.placeMs = event.elapsedMs;
      session.kill('SIGTERM');
    }
    if (event.kind === 'child-exited') found.exitedAt = performance.now();
  }
  const [code] = await ended;
  if (code !== 143) throw new Error(`inpod run ended with ${code}`);
  return { ...found, endMs: performance.now() - found.exitedAt };
}

/** To none of its pods, and from there to all of them ready. @returns milliseconds */
async function ownStopAndStart() {
  const beganAt = performance.now();
  await kubectl(options.namespace, 'scale', `deployment/${name}`, '--replicas', '0');
  await kubectl(options.namespace, 'wait', '--for=delete', 'pod', '-l', `app=${name}`, '--timeout=60s');
  const stoppedAt = performance.now();
  await kubectl(options.namespace, 'scale', `deployment/${name}`, '--replicas', '2');
  await ready();
  return { ownStopMs: stoppedAt - beganAt, ownStartMs: performance.now() - stoppedAt };
}

function ready() {
  return kubectl(options.namespace, 'rollout', 'status', `deployment/${name}`, '--timeout=60s');
}

const measured = [];
await apply(options.namespace, workload());
try {
  await ready();
  for (let i = 0; i < runs; i++) {
    const run = { ...(await swapped()), ...(await ownStopAndStart()) };
    measured.push(run);
    const { startMs, podMs, placeMs, endMs, ownStopMs, ownStartMs } = run;
    say(
      `run ${i + 1}: start ${Math.round(startMs)} ms (pod ${Math.round(podMs)}), place ${Math.round(placeMs)}, end ${Math.round(endMs)}; its own stop ${Math.round(ownStopMs)}, start ${Math.round(ownStartMs)}`,
    );
  }
} finally {
  await kubectl(options.namespace, 'delete', 'deployment,service', name, '--wait=false');
}
const middle = (field) => median(measured.map((one) => one[field]));
const row = (rowName, value, peer, peerValue, goal) => ({
  name: rowName,
  unit: 'ms',
  value,
  peer,
  peerValue,
  ratio: peerValue / value,
  goal,
});
const results = [
  row('swap-start', middle('startMs'), 'the pod, created to Ready, and 700 ms', middle('podMs') + 700, 1),
  row('swap-place', middle('placeMs'), "the pod, and the workload's own stop", middle('podMs') + middle('ownStopMs'), 0),
  row('swap-end', middle('endMs'), "the workload's own start", middle('ownStartMs'), 0),
];
if (options.json) console.log(JSON.stringify({ results }));
else console.table(results);
