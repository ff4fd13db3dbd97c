/**
 * One stream each way over a path to the cluster with 10 ms one way, and over one that loses 1 % each way, beside the API
 * server's port-forward WebSocket as it is, and `kubectl port-forward`, in the same run: rows cluster-10ms-down-1, cluster-10ms-up-1, cluster-loss-down-1, cluster-loss-up-1.
 * Needs what cluster.mjs needs, and INPOD_E2E_KUBE: the test cluster's program, whose `link` makes such a path. No session may be open meanwhile.
 *   node bench/macro/rough-path.mjs [--json] [--runs 5] [--mebibytes 64] [--namespace default]
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { benchOptions, median } from './bench-script.mjs';
import { throughInpod, throughPortForward, throughWebSocket } from './outbound-streams.mjs';
import { startStreamServer } from './server-pod.mjs';

const { options, runs, say } = benchOptions({ mebibytes: { type: 'string', default: '64' } });
const byteCount = Number(options.mebibytes) * 1024 * 1024;
/** Milliseconds one way, and percent lost. */
const paths = { '10ms': ['10'], loss: ['0', '1'] };
const link = (...roughness) => promisify(execFile)(process.env.INPOD_E2E_KUBE, ['link', ...roughness]);

/** All of one path, interleaved. */
async function measure(path, server) {
  const measured = { down: [], up: [] };
  for (let i = 0; i < runs; i++) {
    for (const direction of ['down', 'up']) {
      const to = { ...server, direction, byteCount };
      const { mbitPerSecond } = await throughInpod(options.namespace, to);
      const peer = await throughWebSocket(options.namespace, to);
      const kubectl = await throughPortForward(options.namespace, to);
      measured[direction].push({ mbitPerSecond, peer });
      say(
        `cluster-${path}-${direction}-1 run ${i + 1}: inpod ${Math.round(mbitPerSecond)} Mbit/s, WebSocket ${Math.round(peer)}, kubectl port-forward ${Math.round(kubectl)}`,
      );
    }
  }
  return Object.entries(measured).map(([direction, ones]) => {
    const [value, peerValue] = [median(ones.map((one) => one.mbitPerSecond)), median(ones.map((one) => one.peer))];
    const name = `cluster-${path}-${direction}-1`;
    return { name, unit: 'Mbit/s', value, peer: 'raw WebSocket', peerValue, ratio: value / peerValue, goal: 0.85 };
  });
}

if (process.env.INPOD_E2E_KUBE === undefined) throw new Error('INPOD_E2E_KUBE is not set: nothing makes a rough path');
const server = await startStreamServer(options.namespace);
const results = [];
try {
  for (const [path, roughness] of Object.entries(paths)) {
    await link(...roughness);
    results.push(...(await measure(path, server)));
  }
} finally {
  await link();
  await server.close();
}
if (options.json) console.log(JSON.stringify({ results }));
else console.table(results);
