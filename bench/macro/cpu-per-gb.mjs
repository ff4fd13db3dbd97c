/**
 * CPU seconds per GB (10^9 bytes) of one TCP stream through a real cluster, by process: rows cpu-per-gb-down, cpu-per-gb-up (session and agent), beside
 * `kubectl port-forward` in the same run. All processes must be of this machine, the pods' too. Needs KUBECONFIG and kubectl, as cluster.mjs.
 *   node bench/macro/cpu-per-gb.mjs [--json] [--runs 5] [--mebibytes 256] [--namespace default] [--dist DIR]...
 * With several --dist (another build's, beside its native/) it compares these builds, a session of each at once, their streams in turn.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchOptions, here, median } from './bench-script.mjs';
import { startPortForward, startStreamServer } from './server-pod.mjs';

const { options, runs, say } = benchOptions({
  mebibytes: { type: 'string', default: '256' },
  dist: { type: 'string', multiple: true, default: [fileURLToPath(new URL('../../dist', import.meta.url))] },
});
const byteCount = Number(options.mebibytes) * 1024 * 1024;
/** By the name of their file, or their first argument where one file has all of Kubernetes. */
const clusterPrograms = [/^(kube-)?apiserver$/, /^kubelet$/, /^containerd$/];
/** USER_HZ, which is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** proc(5): of /proc/PID/stat what follows the name, `state` first. */
function statOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** CPU seconds of a process so far, all threads. */
function cpuSeconds(pid) {
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

function pidsOf(isWanted) {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return isWanted(name);
    } catch {
      return false; // It ended meanwhile.
    }
  });
}

const commandLine = (pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
const agentPids = () => pidsOf((pid) => commandLine(pid)[0] === 'node' && commandLine(pid).some((arg) => arg.endsWith('/agent.cjs')));
const nameOf = (program) => program.source.replace(/\W|kube-/g, '');

function programPids(program) {
  return pidsOf((pid) => {
    const [file, argument] = commandLine(pid);
    return program.test(file.split('/').at(-1)) || (program.test(argument) && file.endsWith('/kube'));
  });
}
/** Where a script runs another program, both. */
const groupPids = (group) => pidsOf((pid) => statOf(pid)[2] === String(group));

/** Runs streams one after another: a shell that reads "DIRECTION HOST PORT BYTES" lines, maybe in a session. */
class StreamRunner {
  #process;
  #lines;

  constructor(command) {
    const loop = 'while read -r direction host port bytes; do "$0" "$1" $direction $host $port $bytes || exit 1; done';
    const [file, ...args] = [...command, 'sh', '-c', loop, process.execPath, `${here}stream-client.mjs`];
    this.#process = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  get pid() {
    return this.#process.pid;
  }

  async stream(direction, host, port, bytes) {
    this.#process.stdin.write(`${direction} ${host} ${port} ${bytes}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('a stream ended early');
    return JSON.parse(value).mbitPerSecond;
  }

  async close() {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.stdin.end();
    await ended;
  }
}

async function openSession(dist, address) {
  const before = new Set(agentPids());
  const runner = new StreamRunner([join(dist, 'inpod.js'), 'run', '-n', options.namespace, '--']);
  await runner.stream('down', address, 9000, 1); // It runs.
  const [agent] = agentPids().filter((pid) => !before.has(pid));
  const stream = (direction, bytes) => runner.stream(direction, address, 9000, bytes);
  return { name: dist, pids: { session: [runner.pid], ...(agent && { agent: [agent] }) }, stream, close: () => runner.close() };
}

async function openPortForward(podName) {
  const forward = await startPortForward(options.namespace, podName, 9000);
  const runner = new StreamRunner([]);
  const close = async () => {
    await runner.close();
    forward.close();
  };
  const stream = (direction, bytes) => runner.stream(direction, '127.0.0.1', forward.ports[0], bytes);
  return { name: 'kubectl port-forward', pids: { kubectl: groupPids(forward.pid) }, stream, close };
}

/** CPU seconds per GB by process, of one stream. */
async function measure({ pids, stream }, direction) {
  const watched = { ...pids, ...Object.fromEntries(clusterPrograms.map((program) => [nameOf(program), programPids(program)])) };
  const spent = () => Object.values(watched).map((ones) => ones.reduce((sum, pid) => sum + cpuSeconds(pid), 0));
  const before = spent();
  const mbitPerSecond = await stream(direction, byteCount);
  const after = spent();
  const perGb = Object.keys(watched).map((name, i) => [name, ((after[i] - before[i]) / byteCount) * 1e9]);
  return { ...Object.fromEntries(perGb), mbitPerSecond };
}

/** All pairs of way and path, in turn, `runs` times; the first round is thrown away. */
async function measureAll(paths) {
  const measured = new Map();
  for (let i = 0; i <= runs; i++) {
    for (const direction of ['down', 'up']) {
      for (const path of paths) {
        const figures = await measure(path, direction);
        if (i === 0) continue;
        const key = `${direction} ${path.name}`;
        measured.set(key, [...(measured.get(key) ?? []), figures]);
        const text = Object.entries(figures).map(([name, value]) => `${name} ${value.toFixed(name === 'mbitPerSecond' ? 0 : 1)}`);
        say(`${key} run ${i}: ${text.join(', ')}`);
      }
    }
  }
  return measured;
}

function medians(all) {
  return Object.fromEntries(Object.keys(all[0]).map((name) => [name, Number(median(all.map((one) => one[name])).toPrecision(4))]));
}

const ownSum = (figures) => figures.session + (figures.agent ?? 0);

const server = await startStreamServer(options.namespace);
const paths = [];
let results = [];
try {
  for (const dist of options.dist) paths.push(await openSession(dist, server.address));
  paths.push(await openPortForward(server.podName));
  const measured = await measureAll(paths);
  if (!options.json) console.table(Object.fromEntries([...measured].map(([key, all]) => [key, medians(all)])));
  results = ['down', 'up'].map((direction) => {
    const value = median(measured.get(`${direction} ${paths[0].name}`).map(ownSum));
    const peerValue = median(measured.get(`${direction} kubectl port-forward`).map(({ kubectl }) => kubectl));
    return {
      name: `cpu-per-gb-${direction}`,
      unit: 's',
      value,
      peer: 'kubectl port-forward',
      peerValue,
      ratio: peerValue / value,
      goal: 0,
    };
  });
} finally {
  for (const path of paths) await path.close();
  await server.close();
}
if (options.json) console.log(JSON.stringify({ results }));
