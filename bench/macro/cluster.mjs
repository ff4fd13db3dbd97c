/**
 * Through a real cluster, beside `kubectl port-forward` and the API server's WebSocket as it is, interleaved: rows cluster-down-1, cluster-up-1, start;
 * and inbound-down-1, inbound-up-1 (from a pod, through a Service, to a server in a session), beside cluster-... of the same direction.
 * Needs KUBECONFIG (a user who may make pods) and kubectl: KUBECTL, else the one on PATH.
 *   node bench/macro/cluster.mjs [--json] [--runs 5] [--mebibytes 128] [--namespace default]
 */
import { spawn } from 'node:child_process';
import { benchOptions, inpod, median } from './bench-script.mjs';
import { mbitOf, throughInpod, throughPortForward, throughWebSocket } from './outbound-streams.mjs';
import { kubectl, startStreamServer, textOf } from './server-pod.mjs';

const { options, runs, say } = benchOptions({ mebibytes: { type: 'string', default: '128' } });
const byteCount = Number(options.mebibytes) * 1024 * 1024;

const serverText = await textOf('stream-pattern.cjs', 'stream-server.cjs');
const clientText = await textOf('stream-pattern.cjs', 'stream-client.mjs');

/** One stream of the pod's to a server in a session of its own. `down`: from the laptop to the pod. */
async function throughService(podName, direction) {
  const args = [
    'run',
    '-n',
    options.namespace,
    '--name',
    `${podName}-in`,
    '--expose',
    '9000',
    '-o',
    'json',
    '--',
    process.execPath,
    '-e',
    serverText,
  ];
  const session = spawn(inpod, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => session.once('exit', resolve));
  try {
    // Published means that it listens.
    await Promise.race([
      new Promise((resolve) => session.stderr.on('data', (text) => String(text).includes('"port-published"') && resolve())),
      ended.then((code) => Promise.reject(new Error(`inpod run ended with ${code}`))),
    ]);
    const clientArgs = ['--input-type=module', '-e', clientText, '-', direction, `${podName}-in`, '9000', String(byteCount)];
    for (let tries = 0; ; tries++) {
      // A node that doesn't know the Service yet refuses, or loses the first packets.
      const outcome = await kubectl(options.namespace, 'exec', podName, '--', 'timeout', '60', 'node', ...clientArgs).catch(
        (error) => error,
      );
      if (!(outcome instanceof Error)) return mbitOf(outcome);
      if (tries === 5) throw outcome;
    }
  } finally {
    session.kill('SIGINT');
    await ended;
  }
}

const rows = { 'cluster-down-1': [], 'cluster-up-1': [] };
const inbound = { 'inbound-down-1': [], 'inbound-up-1': [] };
const peers = { 'cluster-down-1': [], 'cluster-up-1': [] };
const starts = [];
const server = await startStreamServer(options.namespace);
try {
  for (let i = 0; i < runs; i++) {
    for (const direction of ['down', 'up']) {
      const name = `cluster-${direction}-1`;
      const ours = await throughInpod(options.namespace, { direction, address: server.address, byteCount });
      rows[name].push(ours.mbitPerSecond);
      starts.push(ours);
      const to = { podName: server.podName, direction, byteCount };
      const others = { kubectl: await throughPortForward(options.namespace, to), raw: await throughWebSocket(options.namespace, to) };
      peers[name].push(direction === 'down' ? others.kubectl : others.raw);
      inbound[`inbound-${direction}-1`].push(await throughService(server.podName, direction));
      say(
        `${name} run ${i + 1}: inpod ${Math.round(rows[name].at(-1))} Mbit/s, kubectl port-forward ${Math.round(others.kubectl)}, WebSocket ${Math.round(others.raw)}, inbound ${Math.round(inbound[`inbound-${direction}-1`].at(-1))} Mbit/s; start ${Math.round(ours.childMs)} ms, pod ${Math.round(ours.podReadyMs)} ms`,
      );
    }
  }
} finally {
  await server.close();
}
const streams = Object.keys(rows).map((name) => {
  const [value, peerValue] = [median(rows[name]), median(peers[name])];
  const asked = name === 'cluster-down-1' ? { peer: 'kubectl port-forward', goal: 1 } : { peer: 'raw WebSocket', goal: 0.85 };
  return { name, unit: 'Mbit/s', value, ...asked, peerValue, ratio: value / peerValue };
});
// Bytes that leave the laptop go `up` out of a session, and `down` to a pod that asks a server in one.
const inboundStreams = Object.entries(inbound).map(([name, values]) => {
  const peer = name === 'inbound-down-1' ? 'cluster-up-1' : 'cluster-down-1';
  const [value, peerValue] = [median(values), median(rows[peer])];
  return { name, unit: 'Mbit/s', value, peer, peerValue, ratio: value / peerValue, goal: 1 };
});
const [childMs, podMs] = [median(starts.map((one) => one.childMs)), median(starts.map((one) => one.podReadyMs))];
// 1 is met when the child starts 0.7 s after what the pod takes, or earlier.
const start = {
  name: 'start',
  unit: 'ms',
  value: childMs,
  peer: 'the pod, created to Ready, and 700 ms',
  peerValue: podMs + 700,
  ratio: (podMs + 700) / childMs,
  goal: 1,
};
const results = [...streams, ...inboundStreams, start];
if (options.json) console.log(JSON.stringify({ results }));
else console.table(results);
