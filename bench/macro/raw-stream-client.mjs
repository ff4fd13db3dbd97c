// As stream-client.mjs, over nothing but the API server's port-forward WebSocket, protocol v4.channel.k8s.io: what a link through it can reach at best.
// Needs KUBECONFIG: node raw-stream-client.mjs up|down NAMESPACE POD BYTES
import { KubeConfig } from '@kubernetes/client-node';
import { WebSocket } from 'ws';
import { createPattern } from './stream-pattern.cjs';

const [direction, namespace, pod, byteCount] = process.argv.slice(2);
const total = Number(byteCount);
const pattern = createPattern();
/** The first byte of each message: the channel of the port's data, 0, or of its errors, 1. Each channel begins with the port, 2 bytes. */
const dataChannel = 0;
/** As much waits in this process as a socket would hold. */
const mostWaiting = 1024 * 1024;

const fail = (message) => {
  console.error(`raw ${direction} ${pod}: ${message}`);
  process.exit(1);
};

/** Gets what the far side sends. */
let onPayload = () => fail('bytes before any were asked for');
const socket = await opened();
const startedAt = performance.now();
socket.send(asMessage(Buffer.from(`${direction} ${total}\n`)));
await (direction === 'up' ? send() : receive());
const seconds = (performance.now() - startedAt) / 1000;
console.log(JSON.stringify({ mbitPerSecond: (total * 8) / seconds / 1e6 }));
process.exit(0);

async function opened() {
  const config = new KubeConfig();
  config.loadFromDefault();
  const options = {};
  await config.applyToHTTPSOptions(options);
  const url = `${config.getCurrentCluster().server}/api/v1/namespaces/${namespace}/pods/${pod}/portforward?ports=9000`;
  const made = new WebSocket(url.replace(/^http/, 'ws'), ['v4.channel.k8s.io'], { ...options, perMessageDeflate: false });
  made.on('error', (error) => fail(error.message));
  made.on('close', () => fail('the far side ended early'));
  const ports = new Set();
  // The ports may come with the handshake's last bytes, so nothing may be awaited before.
  made.on('message', (message) => {
    const channel = message[0];
    if (!ports.has(channel)) ports.add(channel);
    else if (channel === dataChannel) onPayload(message.subarray(1));
    else fail(message.subarray(1).toString());
  });
  await new Promise((resolve) => made.once('open', resolve));
  return made;
}

function asMessage(payload) {
  return Buffer.concat([Buffer.of(dataChannel), payload]);
}

/** The far side answers "ok" when it has all of it, byte for byte. */
async function send() {
  const answer = new Promise((resolve) => (onPayload = resolve));
  const whole = asMessage(pattern.block);
  for (let sent = 0; sent < total;) {
    const length = Math.min(pattern.block.length, total - sent);
    sent += length;
    const written = new Promise((resolve) => socket.send(whole.subarray(0, 1 + length), resolve));
    if (socket.bufferedAmount > mostWaiting) await written;
  }
  if (String(await answer).trim() !== 'ok') fail('the far side got other bytes than were sent');
}

function receive() {
  return new Promise((resolve) => {
    onPayload = (payload) => {
      if (!pattern.continuesWith(payload)) fail('other bytes than were sent');
      if (pattern.position === total) resolve();
    };
  });
}
