// Asks for names by UDP for some seconds, 64 questions at a time, each from a socket of its own as the C library does; every answer must have its
// address. cached: the same 50 names again and again; uncached: never one twice. Prints {"perSecond","p99Ms"}: node name-client.cjs cached|uncached SECONDS
const dgram = require('node:dgram');
const fs = require('node:fs');

const [kind, secondsText] = process.argv.slice(-2);
const server = /^nameserver\s+(\S+)/m.exec(fs.readFileSync('/etc/resolv.conf', 'utf8'))[1];
const atATime = 64;
const limitMs = 5000;
/** Others than those of another run, which a cache on the way may have. */
const first = 1 + Math.floor(Math.random() * 200);

let asked = 0;
/** `A-B-C-D.NAMESPACE.pod.cluster.local` is A.B.C.D, whatever that is: as many names as one wants. */
function nextAddress() {
  const number = kind === 'cached' ? asked++ % 50 : asked++;
  return [10, first, number >> 8, number & 0xff];
}

function query(address, id) {
  const labels = [address.join('-'), 'default', 'pod', 'cluster', 'local'];
  const name = labels.flatMap((label) => [label.length, ...Buffer.from(label)]);
  return Buffer.from([id >> 8, id & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 0, 1, 0, 1]);
}

function fail(message) {
  console.error(`${kind}: ${message}`);
  process.exit(1);
}

/** @returns how long it took, in milliseconds */
function ask() {
  const address = nextAddress();
  const message = query(address, asked & 0xffff);
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const socket = dgram.createSocket('udp4');
    const timer = setTimeout(() => fail(`no answer for ${address.join('-')} in ${limitMs} ms`), limitMs);
    socket.on('error', (error) => fail(error.message));
    socket.on('message', (answer) => {
      if (answer.readUInt16BE(0) !== message.readUInt16BE(0)) fail('an answer to another question');
      if ((answer[3] & 0xf) !== 0 || !answer.subarray(-4).equals(Buffer.from(address))) fail(`a wrong answer: ${answer.toString('hex')}`);
      clearTimeout(timer);
      socket.close();
      resolve(performance.now() - startedAt);
    });
    socket.send(message, 53, server);
  });
}

async function main() {
  // Whatever there is to compile is compiled, and the cached names are asked once.
  for (let i = 0; i < 100; i++) await ask();
  const startedAt = performance.now();
  const until = startedAt + Number(secondsText) * 1000;
  const took = [];
  const one = async () => {
    while (performance.now() < until) took.push(await ask());
  };
  await Promise.all(Array.from({ length: atATime }, one));
  const perSecond = took.length / ((performance.now() - startedAt) / 1000);
  console.log(JSON.stringify({ perSecond, p99Ms: took.sort((a, b) => a - b)[Math.ceil(took.length * 0.99) - 1] }));
}
void main();
