// serve.mjs HOST PORT [DELAY_MS]: after the delay, HTTP on PORT (its hostname; /upload: the hash of what came; /download/N: N bytes), and on PORT + 1 an echo that
// resets a connection which says "reset".
import { createHash } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const [host, port, delayMs = '0'] = process.argv.slice(2);
await sleep(Number(delayMs));

const http = createHttpServer((request, response) => {
  if (request.url === '/upload') {
    const hash = createHash('sha256');
    request.on('data', (chunk) => hash.update(chunk)).on('end', () => response.end(hash.digest('hex')));
  } else if (request.url.startsWith('/download/')) response.end(Buffer.alloc(Number(request.url.slice(10)), 'inpod '));
  else response.end(`${hostname()} ${request.url}`);
});
const echo = createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => (chunk.toString() === 'reset' ? socket.resetAndDestroy() : socket.write(chunk)));
  socket.on('end', () => socket.end('after your end'));
});
http.listen(Number(port), host);
echo.listen(Number(port) + 1, host);
