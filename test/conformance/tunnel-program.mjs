// The program that a real backend's child is in the conformance suite: does the one act of its argument. See tunnel-act.ts.
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const errnoNumbers = {
  ENOSYS: 38,
  EAFNOSUPPORT: 97,
  ENETUNREACH: 101,
  ECONNRESET: 104,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTUNREACH: 113,
};
const expect = (isSo) => (isSo ? 0 : 1);

const acts = {
  exit: ({ code }) => code,
  'die-by': async ({ signal }) => {
    process.kill(process.pid, signal);
    await sleep(60_000);
    return 1;
  },
  'exit-on-term': async ({ host, port, code }) => {
    const terminated = once(process, 'SIGTERM');
    const socket = connect({ host, port }, () => socket.write('ready'));
    await terminated;
    socket.destroy();
    return code;
  },
  sleep: () => sleep(600_000).then(() => 1),
  'leave-daemon': async ({ marker }) => {
    const script = 'setInterval(() => undefined, 1000)';
    const daemon = spawn(process.execPath, ['-e', script, marker], { detached: true, stdio: 'ignore' });
    await once(daemon, 'spawn');
    daemon.unref();
    return 0;
  },
  'expect-variable': ({ name, value }) => expect(process.env[name] === value),
  'expect-cwd': ({ path }) => expect(process.cwd() === path),
  'expect-umask': ({ umask }) => expect(process.umask() === umask),
  'expect-hostname': (act) => expect(hostname() === act.hostname),
  'expect-file': ({ path, text }) => expect(readFileSync(path, 'utf8') === text),
  'expect-address': ({ address }) =>
    expect(
      Object.values(networkInterfaces())
        .flat()
        .some((one) => one?.address === address),
    ),
  echo: async ({ host, port, bytes, connections }) => {
    const one = () => echoOnce({ host, port, bytes });
    const results = await Promise.all(Array.from({ length: connections }, one));
    return expect(results.every(Boolean));
  },
  connect: async ({ host, port }) => {
    const socket = connect({ host, port });
    await once(socket, 'connect');
    socket.end('x');
    socket.resume();
    await once(socket, 'close');
    return 0;
  },
  serve: async ({ host, port }) => {
    const server = createServer({ allowHalfOpen: true }, (socket) => socket.on('error', () => socket.destroy()).pipe(socket));
    await once(server.listen(port, host), 'close');
    return 0;
  },
  udp: async ({ host, port, text, giveUpMs }) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.connect(port, host);
    await once(socket, 'connect');
    socket.send(text);
    if (giveUpMs !== undefined) setTimeout(() => process.exit(errnoNumbers.ETIMEDOUT), giveUpMs);
    const [answer] = await once(socket, 'message');
    socket.close();
    return expect(answer.toString() === text);
  },
  resolve: async ({ name, address }) => {
    const found = await lookup(name, { family: 4 });
    return expect(found.address === address);
  },
};

async function echoOnce({ host, port, bytes }) {
  const sent = Buffer.alloc(bytes, 'a fairly long pattern that no power of two divides; ');
  const socket = connect({ host, port, allowHalfOpen: true });
  await once(socket, 'connect');
  socket.end(sent);
  const received = [];
  for await (const chunk of socket) received.push(chunk);
  return Buffer.concat(received).equals(sent);
}

function exitCode(error) {
  if (error.code === 'ENOTFOUND') return 68;
  return errnoNumbers[error.code] ?? 1;
}

const act = JSON.parse(process.argv[2]);
Promise.resolve(act)
  .then((one) => acts[one.act](one))
  .then(
    (code) => process.exit(code),
    (error) => process.exit(exitCode(error)),
  );
