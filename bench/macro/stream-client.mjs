// Moves BYTES to or from HOST:PORT, compares every byte, and prints {"mbitPerSecond"}: node stream-client.mjs up|down HOST PORT BYTES
import { connect } from 'node:net';
import { createPattern } from './stream-pattern.cjs';

const [direction, host, port, byteCount] = process.argv.slice(2);
const total = Number(byteCount);
const pattern = createPattern();
const socket = connect({ host, port: Number(port) });
const fail = (message) => {
  console.error(`${direction} ${host}:${port}: ${message}`);
  process.exit(1);
};
socket.on('error', (error) => fail(error.message));
socket.on('close', () => fail('the far side ended early'));
await new Promise((resolve) => socket.once('connect', resolve));
const startedAt = performance.now();
socket.write(`${direction} ${total}\n`);
if (direction === 'up') await send();
else await receive();
const seconds = (performance.now() - startedAt) / 1000;
console.log(JSON.stringify({ mbitPerSecond: (total * 8) / seconds / 1e6 }));
process.exit(0);

/** The far side answers "ok" when it has all of it, byte for byte. */
async function send() {
  const answer = new Promise((resolve) => socket.once('data', resolve));
  for (let sent = 0; sent < total;) {
    const chunk = pattern.block.subarray(0, Math.min(pattern.block.length, total - sent));
    sent += chunk.length;
    if (!socket.write(chunk)) await new Promise((resolve) => socket.once('drain', resolve));
  }
  if (String(await answer).trim() !== 'ok') fail('the far side got other bytes than were sent');
}

async function receive() {
  await new Promise((resolve) => {
    socket.on('data', (chunk) => {
      if (!pattern.continuesWith(chunk)) fail('other bytes than were sent');
      if (pattern.position === total) resolve();
    });
  });
}
