/**
 * Rows names-cached and names-uncached: questions for names that a session answers a second, beside the figures that are asked for; a pod's own, of the same
 * run, is said besides. Program, launcher, TUN, pump, packet core, cache; uncached also link, API server, agent, the cluster's DNS.
 * Needs KUBECONFIG (a user who may make pods) and kubectl: KUBECTL, else the one on PATH.
 *   node bench/macro/names.mjs [--json] [--runs 5] [--seconds 5] [--namespace default]
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { benchOptions, here, inpod, median } from './bench-script.mjs';
import { kubectl, startStreamServer } from './server-pod.mjs';

const run = promisify(execFile);
const { options, runs, say } = benchOptions({ seconds: { type: 'string', default: '5' } });
const asked = { 'names-cached': 2000, 'names-uncached': 500 };
const program = await readFile(`${here}name-client.cjs`, 'utf8');

const figures = ({ stdout }) => JSON.parse(stdout.trim().split('\n').at(-1));
const inSession = async (kind) =>
  figures(await run(inpod, ['run', '-n', options.namespace, '--', process.execPath, `${here}name-client.cjs`, kind, options.seconds]));
const inPod = async (podName, kind) =>
  figures(await kubectl(options.namespace, 'exec', podName, '--', 'node', '-e', program, kind, options.seconds));

const measured = { 'names-cached': [], 'names-uncached': [] };
const pod = await startStreamServer(options.namespace);
try {
  for (let i = 0; i < runs; i++) {
    for (const row of Object.keys(measured)) {
      const kind = row.replace('names-', '');
      const [ours, theirs] = [await inSession(kind), await inPod(pod.podName, kind)];
      measured[row].push(ours.perSecond);
      const told = (one) => `${Math.round(one.perSecond)} a second (99 % within ${one.p99Ms.toFixed(1)} ms)`;
      say(`${row} run ${i + 1}: ${told(ours)}, in a pod ${told(theirs)}`);
    }
  }
} finally {
  await pod.close();
}
const results = Object.entries(measured).map(([name, ones]) => {
  const value = median(ones);
  return { name, unit: 'a second', value, peer: 'asked for', peerValue: asked[name], ratio: value / asked[name], goal: 1 };
});
if (options.json) console.log(JSON.stringify({ results }));
else console.table(results);
