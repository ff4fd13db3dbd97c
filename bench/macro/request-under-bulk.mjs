/**
 * Row request-under-bulk: round trips of 8 KiB through a session while a stream fills it, down and up in turn, beside those of the same session
 * without the stream; the worse direction counts. Through program, launcher, TUN, pump, packet core, link, API server, agent, server in a pod.
 * Needs KUBECONFIG (a user who may make pods) and kubectl: KUBECTL, else the one on PATH.
 *   node bench/macro/request-under-bulk.mjs [--json] [--runs 5] [--requests 200] [--namespace default]
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const inpod = fileURLToPath(new URL('../../dist/inpod.js', import.meta.url));
const kubectl = (process.env.KUBECTL ?? 'kubectl').split(' ');
/** With the stream p95 may be so many times what it is without. */
const mostTimes = 3;
const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean' },
    runs: { type: 'string', default: '5' },
    requests: { type: 'string', default: '200' },
    namespace: { type: 'string', default: 'default' },
  },
});
const podName = `bench-request-${process.pid}`;

const k = (...args) => run(kubectl[0], [...kubectl.slice(1), '-n', options.namespace, ...args]);
const say = (text) => void (options.json || process.stderr.write(`${text}\n`));

/** The middle value; of an even number the lower of the two. */
const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];

/** @returns the address of a pod with both servers */
async function makeServer() {
  const parts = ['stream-pattern.cjs', 'stream-server.cjs', 'echo-server.cjs'].map((name) => readFile(`${here}${name}`, 'utf8'));
  const program = (await Promise.all(parts)).join('\n').replace(/^module\.exports.*$/gm, '');
  const container = {
    name: 'servers',
    image: 'node:24-slim',
    imagePullPolicy: 'IfNotPresent',
    command: ['node', '-e', program],
    readinessProbe: { tcpSocket: { port: 9001 }, periodSeconds: 1 },
  };
  const spec = { terminationGracePeriodSeconds: 0, containers: [container] };
  const apply = spawn(kubectl[0], [...kubectl.slice(1), '-n', options.namespace, 'apply', '-f', '-'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  apply.stdin.end(JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: podName }, spec }));
  await once(apply, 'exit');
  await k('wait', '--for=condition=Ready', `pod/${podName}`, '--timeout=60s');
  return (await k('get', 'pod', podName, '-o', 'jsonpath={.status.podIP}')).stdout;
}

/** What one session's client measured. */
async function throughInpod(direction, address) {
  const client = [process.execPath, `${here}request-client.mjs`, direction, address, options.requests];
  const { stdout } = await run(process.execPath, [inpod, 'run', '-n', options.namespace, '--', ...client], { maxBuffer: 1 << 24 });
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

const measured = { down: [], up: [] };
try {
  const address = await makeServer();
  for (let i = 0; i < Number(options.runs); i++) {
    for (const direction of ['down', 'up']) {
      const one = await throughInpod(direction, address);
      measured[direction].push(one);
      say(
        `request-under-bulk run ${i + 1}, stream ${direction}: p95 ${one.bulkP95Ms.toFixed(1)} ms beside ${Math.round(one.bulkMbitPerSecond)} Mbit/s, ${one.aloneP95Ms.toFixed(1)} ms alone`,
      );
    }
  }
} finally {
  await k('delete', 'pod', podName, '--ignore-not-found', '--wait=false');
}
const [worst] = Object.values(measured)
  .map((ones) => ({ value: median(ones.map((one) => one.bulkP95Ms)), alone: median(ones.map((one) => one.aloneP95Ms)) }))
  .toSorted((a, b) => b.value / b.alone - a.value / a.alone);
const peerValue = mostTimes * worst.alone;
const result = {
  name: 'request-under-bulk',
  unit: 'ms',
  value: worst.value,
  peer: `${mostTimes} times p95 without a stream`,
  peerValue,
  ratio: peerValue / worst.value,
  goal: 1,
};
if (options.json) console.log(JSON.stringify({ results: [result] }));
else console.table([result]);
