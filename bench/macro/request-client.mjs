// Round trips of 8 KiB to HOST's request port, COUNT alone and COUNT beside a stream from or to its stream port; compares every byte of both; prints
// {"aloneP50Ms","aloneP95Ms","bulkP95Ms","bulkMbitPerSecond"}: node request-client.mjs up|down HOST COUNT STREAM_PORT REQUEST_PORT
import { connect } from 'node:net';
import { createPattern } from './stream-pattern.cjs';

const [direction, host, ...numbers] = process.argv.slice(2);
const [count, streamPort, requestPort] = numbers.map(Number);
const request = createPattern().block.subarray(0, 8192);
const endless = 2 ** 50;
/** The stream has begun when so much of it went. */
const begunBytes = 4 * 1024 * 1024;

const fail = (message) => {
  console.error(`${direction} ${host}: ${message}`);
  process.exit(1);
};

const requests = await opened(requestPort);
await roundTrips(Math.ceil(count / 10));
const alone = await roundTrips(count);
const bulk = await startBulk();
const [bytesBefore, startedAt] = [bulk.bytes(), performance.now()];
const beside = await roundTrips(count);
const bulkMbitPerSecond = ((bulk.bytes() - bytesBefore) * 8) / (performance.now() - startedAt) / 1000;
const [aloneP50Ms, aloneP95Ms, bulkP95Ms] = [quantile(alone, 0.5), quantile(alone, 0.95), quantile(beside, 0.95)];
console.log(JSON.stringify({ aloneP50Ms, aloneP95Ms, bulkP95Ms, bulkMbitPerSecond }));
process.exit(0);

async function opened(port) {
  const socket = connect({ host, port, noDelay: true });
  socket.on('error', (error) => fail(error.message));
  socket.on('close', () => fail('the far side ended'));
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

/** What `times` round trips one after the other took, in milliseconds, the quickest first. */
async function roundTrips(times) {
  const took = [];
  for (let i = 0; i < times; i++) took.push(await roundTrip());
  return took.toSorted((a, b) => a - b);
}

/** The least of `sorted` that `share` of them don't pass. */
function quantile(sorted, share) {
  return sorted[Math.ceil(sorted.length * share) - 1];
}

function roundTrip() {
  const sentAt = performance.now();
  return new Promise((resolve) => {
    let got = 0;
    const onData = (chunk) => {
      if (request.compare(chunk, 0, chunk.length, got, got + chunk.length) !== 0) fail('other bytes than were sent');
      got += chunk.length;
      if (got < request.length) return;
      requests.off('data', onData);
      resolve(performance.now() - sentAt);
    };
    requests.on('data', onData);
    requests.write(request);
  });
}

/** A stream that doesn't end, once it is on its way; `bytes` says how many came, or were written. */
async function startBulk() {
  const socket = await opened(streamPort);
  socket.write(`${direction} ${endless}\n`);
  return direction === 'down' ? receiveBulk(socket) : sendBulk(socket);
}

async function receiveBulk(socket) {
  const pattern = createPattern();
  await new Promise((resolve) => {
    socket.on('data', (chunk) => {
      if (!pattern.continuesWith(chunk)) fail('the stream has other bytes than were sent');
      if (pattern.position >= begunBytes) resolve();
    });
  });
  return { bytes: () => pattern.position };
}

/** The server says a word where it gets other bytes, and else nothing. */
async function sendBulk(socket) {
  const { block } = createPattern();
  socket.on('data', (text) => fail(`the server says ${text}`));
  await new Promise((resolve) => {
    const more = () => {
      if (socket.bytesWritten >= begunBytes) resolve();
      while (socket.write(block));
      socket.once('drain', more);
    };
    more();
  });
  return { bytes: () => socket.bytesWritten - socket.writableLength };
}
