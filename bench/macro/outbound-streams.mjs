/**
 * One TCP stream out of this machine to a pod's stream server, every byte compared: through inpod, through `kubectl port-forward`, and over the API
 * server's port-forward WebSocket as it is.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { here, inpod } from './bench-script.mjs';
import { startPortForward } from './server-pod.mjs';

const run = promisify(execFile);

const client = (direction, host, port, byteCount) => [
  process.execPath,
  `${here}stream-client.mjs`,
  direction,
  host,
  String(port),
  String(byteCount),
];

/** What a stream client printed. @returns Mbit/s */
export function mbitOf({ stdout }) {
  return JSON.parse(stdout.trim().split('\n').at(-1)).mbitPerSecond;
}

/** Through a session of its own, whose start and pod times are read from its events. @param to - direction, address and bytes */
export async function throughInpod(kubeNamespace, { direction, address, byteCount }) {
  const args = ['run', '-n', kubeNamespace, '-o', 'json', '--', ...client(direction, address, 9000, byteCount)];
  const { stdout, stderr } = await run(inpod, args, { maxBuffer: 1 << 24 });
  const events = stderr.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  const podReadyMs = events.find((event) => event.kind === 'step-done' && event.step === 'pod').tookMs;
  const childMs = events.find((event) => event.kind === 'child-started').elapsedMs;
  return { mbitPerSecond: mbitOf({ stdout }), podReadyMs, childMs };
}

/** @returns Mbit/s */
export async function throughPortForward(kubeNamespace, { podName, direction, byteCount }) {
  const forward = await startPortForward(kubeNamespace, podName, 9000);
  try {
    const [file, ...args] = client(direction, '127.0.0.1', forward.ports[0], byteCount);
    return mbitOf(await run(file, args));
  } finally {
    forward.close();
  }
}

/** Needs KUBECONFIG, which kubectl here needn't. @returns Mbit/s */
export async function throughWebSocket(kubeNamespace, { podName, direction, byteCount }) {
  return mbitOf(await run(process.execPath, [`${here}raw-stream-client.mjs`, direction, kubeNamespace, podName, String(byteCount)]));
}
