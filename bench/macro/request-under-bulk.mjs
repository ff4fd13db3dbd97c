/**
 * Row cluster-rtt-p50: the median round trip of 8 KiB through a session, beside `kubectl port-forward`'s.
 * Row request-under-bulk: round trips of 8 KiB through a session while a stream fills it, down and up in turn, beside those of the same session
 * without the stream; the worse direction counts. `kubectl port-forward`'s are told beside. Through program, launcher, TUN, pump, packet core, link, API server, agent, server in a pod.
 * Needs KUBECONFIG (a user who may make pods) and kubectl: KUBECTL, else the one on PATH.
 *   node bench/macro/request-under-bulk.mjs [--json] [--runs 5] [--requests 200] [--namespace default]
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { benchOptions, here, inpod, median } from './bench-script.mjs';
import { startPortForward, startServer } from './server-pod.mjs';

const run = promisify(execFile);
/** With the stream p95 may be so many times what it is without. */
const mostTimes = 3;
const { options, runs, say } = benchOptions({ requests: { type: 'string', default: '200' } });

const client = (direction, host, [streamPort, requestPort]) => [
  process.execPath,
  `${here}request-client.mjs`,
  direction,
  host,
  options.requests,
  String(streamPort),
  String(requestPort),
];

/** What a client printed. */
const measuredOf = ({ stdout }) => JSON.parse(stdout.trim().split('\n').at(-1));

/** Through a session of its own. */
async function throughInpod(direction, { address }) {
  const command = client(direction, address, podPorts);
  return measuredOf(await run(inpod, ['run', '-n', options.namespace, '--', ...command], { maxBuffer: 1 << 24 }));
}

/** Through one port-forward of its own. */
async function throughPortForward(direction, { podName }) {
  const forward = await startPortForward(options.namespace, podName, ...podPorts);
  try {
    const [file, ...args] = client(direction, '127.0.0.1', forward.ports);
    return measuredOf(await run(file, args));
  } finally {
    forward.close();
  }
}

const inWords = (one) =>
  `p50 ${one.aloneP50Ms.toFixed(2)} ms; p95 ${one.bulkP95Ms.toFixed(1)} ms beside ${Math.round(one.bulkMbitPerSecond)} Mbit/s, ${one.aloneP95Ms.toFixed(1)} ms alone`;

/** The stream's and the requests'. */
const podPorts = [9000, 9001];
const measured = { down: [], up: [] };
const forwarded = [];
const server = await startServer(
  options.namespace,
  'bench-request',
  podPorts[1],
  'stream-pattern.cjs',
  'stream-server.cjs',
  'echo-server.cjs',
);
try {
  for (let i = 0; i < runs; i++) {
    for (const direction of ['down', 'up']) {
      const one = await throughInpod(direction, server);
      measured[direction].push(one);
      const other = await throughPortForward(direction, server);
      forwarded.push(other);
      say(`request-under-bulk run ${i + 1}, stream ${direction}: ${inWords(one)}; kubectl ${inWords(other)}`);
    }
  }
} finally {
  await server.close();
}
const [worst] = Object.values(measured)
  .map((ones) => ({ value: median(ones.map((one) => one.bulkP95Ms)), alone: median(ones.map((one) => one.aloneP95Ms)) }))
  .toSorted((a, b) => b.value / b.alone - a.value / a.alone);
const peerValue = mostTimes * worst.alone;
const underBulk = {
  name: 'request-under-bulk',
  unit: 'ms',
  value: worst.value,
  peer: `${mostTimes} times p95 without a stream`,
  peerValue,
  ratio: peerValue / worst.value,
  goal: 1,
};
const p50 = (ones) => median(ones.map((one) => one.aloneP50Ms));
const [ownP50, otherP50] = [p50([...measured.down, ...measured.up]), p50(forwarded)];
const roundTrip = {
  name: 'cluster-rtt-p50',
  unit: 'ms',
  value: ownP50,
  peer: 'kubectl port-forward, and 1 ms',
  peerValue: otherP50 + 1,
  ratio: (otherP50 + 1) / ownP50,
  goal: 1,
};
const results = [roundTrip, underBulk];
if (options.json) console.log(JSON.stringify({ results }));
else console.table(results);
