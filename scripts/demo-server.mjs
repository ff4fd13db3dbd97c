// The program of the demo: a server under development, which knows nothing of inpod. It shows what it sees, then serves it.
import { createServer } from 'node:http';
import { hostname } from 'node:os';

const page = await fetch('http://web').then((answer) => answer.text());
const server = createServer((_, response) => response.end(`hello from a process of this machine, as the pod ${hostname()}\n`));
server.listen(8080, '127.0.0.1', () => {
  const { HOSTNAME, WEB_SERVICE_HOST, WEB_SERVICE_PORT } = process.env;
  console.log(JSON.stringify({ hostname: hostname(), page, variables: { HOSTNAME, WEB_SERVICE_HOST, WEB_SERVICE_PORT } }));
});
