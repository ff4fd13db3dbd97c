// own-machine-relay.mjs SOCKET HOST PORT: what comes to HOST:PORT here, a local address from now on, goes to the Unix socket. Prints `ready`.
import { execFileSync } from 'node:child_process';
import { connect, createServer } from 'node:net';

const [socket, host, port] = process.argv.slice(2);
execFileSync('ip', ['addr', 'add', `${host}/32`, 'dev', 'lo']);
const server = createServer((near) => {
  const far = connect(socket);
  near.pipe(far).pipe(near);
  near.on('error', () => far.destroy()).on('close', () => far.destroy());
  far.on('error', () => near.destroy()).on('close', () => near.destroy());
});
server.listen(Number(port), host, () => console.log('ready'));
