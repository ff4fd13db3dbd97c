// Moves BYTES to or from HOST:PORT and prints {"mbitPerSecond","sha256"}: node stream-client.mjs up|down HOST PORT BYTES
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { pattern } from './stream-pattern.mjs';

const [direction, host, port, byteCount] = process.argv.slice(2);
const total = Number(byteCount);
const hash = createHash('sha256');
const socket = connect({ host, port: Number(port), allowHalfOpen: true });
socket.on('error', (error) => {
  console.error(`${direction} ${host}:${port}: ${error.message}`);
  process.exit(1);
});
await new Promise((resolve) => socket.once('connect', resolve));
const startedAt = performance.now();
socket.write(`${direction} ${total}\n`);
if (direction === 'up') {
  for (let sent = 0; sent < total; ) {
    const chunk = pattern.subarray(0, Math.min(pattern.length, total - sent));
    hash.update(chunk);
    sent += chunk.length;
    if (!socket.write(chunk)) await new Promise((resolve) => socket.once('drain', resolve));
  }
  socket.end();
  // The far side answers with its own hash when it has all of it.
  let answer = '';
  socket.on('data', (chunk) => (answer += String(chunk)));
  await new Promise((resolve) => socket.once('end', resolve));
  if (answer.trim() !== hash.digest('hex')) throw new Error(`the far side's hash differs: ${answer}`);
} else {
  let received = 0;
  socket.on('data', (chunk) => {
    hash.update(chunk);
    received += chunk.length;
  });
  await new Promise((resolve) => socket.once('end', resolve));
  socket.end();
  const expected = createHash('sha256');
  for (let at = 0; at < total; at += pattern.length) expected.update(pattern.subarray(0, Math.min(pattern.length, total - at)));
  if (received !== total || hash.digest('hex') !== expected.digest('hex')) throw new Error(`received ${received} bytes of ${total}, or others than were sent`);
}
const seconds = (performance.now() - startedAt) / 1000;
console.log(JSON.stringify({ mbitPerSecond: (total * 8) / seconds / 1e6 }));
