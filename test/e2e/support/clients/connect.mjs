// connect.mjs HOST PORT...: tries each and prints the error's code, or `connected`, or how the connection ended after sending.
import { connect } from 'node:net';

const [host, ...ports] = process.argv.slice(2);
for (const port of ports) console.log(`${port} ${await attempt(Number(port))}`);

function attempt(port) {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 60_000 });
    let connected = false;
    socket.on('connect', () => {
      connected = true;
      socket.write('hello');
    });
    socket.on('data', () => resolve('connected'));
    socket.on('end', () => resolve('connected, ended'));
    socket.on('timeout', () => resolve(connected ? 'connected' : 'silence'));
    socket.on('error', ({ code }) => resolve(connected ? `connected, ${code}` : code));
  }).finally(() => undefined);
}
