/** The far end of benchmarks: a pod that serves, and `kubectl port-forward` to it. KUBECTL, else the kubectl on PATH. */
import { execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { here } from './bench-script.mjs';

const command = (process.env.KUBECTL ?? 'kubectl').split(' ');

/** Runs kubectl in `kubeNamespace`. */
export function kubectl(kubeNamespace, ...args) {
  return promisify(execFile)(command[0], [...command.slice(1), '-n', kubeNamespace, ...args]);
}

/** `kubectl apply` of one object, or a List. */
export async function apply(kubeNamespace, object) {
  const applying = spawn(command[0], [...command.slice(1), '-n', kubeNamespace, 'apply', '-f', '-'], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  applying.stdin.end(JSON.stringify(object));
  const [code] = await once(applying, 'exit');
  if (code !== 0) throw new Error(`kubectl apply ended with ${code}`);
}

/** A program of its own, for `node -e`. */
export async function textOf(...names) {
  const parts = await Promise.all(names.map((name) => readFile(`${here}${name}`, 'utf8')));
  return parts.join('\n').replace(/^(module\.exports|import .*stream-pattern).*$/gm, '');
}

/** The pod of streams, on port 9000. */
export function startStreamServer(kubeNamespace) {
  return startServer(kubeNamespace, 'bench-stream', 9000, 'stream-pattern.cjs', 'stream-server.cjs');
}

/**
 * Makes a pod of these program files and waits until it serves on `port`.
 * @returns its name and address; `close` deletes it
 */
export async function startServer(kubeNamespace, prefix, port, ...programs) {
  const podName = `${prefix}-${process.pid}`;
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: podName, labels: { app: podName } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'server',
          image: 'node:24-slim',
          imagePullPolicy: 'IfNotPresent',
          command: ['node', '-e', await textOf(...programs)],
          readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
        },
      ],
    },
  };
  const close = () => kubectl(kubeNamespace, 'delete', 'pod', podName, '--ignore-not-found', '--wait=false');
  try {
    await apply(kubeNamespace, pod);
    await kubectl(kubeNamespace, 'wait', '--for=condition=Ready', `pod/${podName}`, '--timeout=60s');
    const { stdout: address } = await kubectl(kubeNamespace, 'get', 'pod', podName, '-o', 'jsonpath={.status.podIP}');
    return { podName, address, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** One `kubectl port-forward` to `podPorts` of the pod; `ports` are this machine's, in their order. */
export async function startPortForward(kubeNamespace, podName, ...podPorts) {
  const args = ['-n', kubeNamespace, 'port-forward', `pod/${podName}`, ...podPorts.map((port) => `:${port}`), '--address', '127.0.0.1'];
  const forward = spawn(command[0], [...command.slice(1), ...args], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  // KUBECTL may be a script: its own child must go too.
  const close = () => void (forward.pid === undefined || process.kill(-forward.pid));
  try {
    const ports = await new Promise((resolve, reject) => {
      let said = '';
      forward.once('exit', () => reject(new Error('kubectl port-forward ended')));
      forward.stdout.on('data', (text) => {
        said += text;
        const pairs = new Map(
          Array.from(said.matchAll(/127\.0\.0\.1:(\d+) -> (\d+)\n/g), ([, local, far]) => [Number(far), Number(local)]),
        );
        if (pairs.size === podPorts.length) resolve(podPorts.map((far) => pairs.get(far)));
      });
    });
    return { ports, pid: forward.pid, close };
  } catch (error) {
    close();
    throw error;
  }
}
