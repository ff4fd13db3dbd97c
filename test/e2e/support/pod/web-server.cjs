'use strict';
// What the fixture's pods run, by `node -e`. HTTP on 8080, UDP echo on 9000, a TCP port that resets on 9001; IPv4 and IPv6. Nothing listens on 9002.
const { createCipheriv, createHash } = require('node:crypto');
const dgram = require('node:dgram');
const http = require('node:http');
const net = require('node:net');
const os = require('node:os');

// The same bytes on every side, without a pattern that a swapped or repeated piece would fit into: AES-CTR over zeros.
function* deterministicBytes(total) {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
  const zeros = Buffer.alloc(1 << 16);
  for (let left = total; left > 0; left -= zeros.length) yield cipher.update(left < zeros.length ? zeros.subarray(0, left) : zeros);
}

async function sendBytes(response, total) {
  response.writeHead(200, { 'content-length': total });
  for (const chunk of deterministicBytes(total))
    if (!response.write(chunk)) await new Promise((resolve) => response.once('drain', resolve));
  response.end();
}

async function hashBody(request, response) {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of request) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  response.end(JSON.stringify({ bytes, sha256: hash.digest('hex') }));
}

// Answers nobody before `count` requests wait at once: that many connections were open side by side.
const waiting = new Map();
function gate(response, name, count) {
  const here = waiting.get(name) ?? [];
  waiting.set(name, here);
  here.push(response);
  if (here.length < count) return;
  waiting.delete(name);
  for (const one of here) one.end(`${count}\n`);
}

function tick(response, everyMs, count) {
  let sent = 0;
  const timer = setInterval(() => {
    response.write(`tick ${++sent}\n`);
    if (sent >= count) response.end();
  }, everyMs);
  response.on('close', () => clearInterval(timer));
}

http
  .createServer((request, response) => {
    const url = new URL(request.url, 'http://web');
    const number = (name) => Number(url.searchParams.get(name));
    if (request.method === 'PUT') void hashBody(request, response);
    else if (url.pathname === '/echo') request.pipe(response);
    else if (url.pathname === '/hash') void sendBytes(response, number('bytes'));
    else if (url.pathname === '/gate') gate(response, url.searchParams.get('name'), number('count'));
    else if (url.pathname === '/ticks') tick(response, number('everyMs'), number('count'));
    else if (url.pathname === '/peer') response.end(`${request.socket.remoteAddress} ${request.socket.remoteFamily}\n`);
    else response.end(`${os.hostname()}\n`);
  })
  .listen(8080, '::');

const udp = dgram.createSocket({ type: 'udp6', ipv6Only: false });
udp.on('message', (message, from) => udp.send(message, from.port, from.address));
udp.bind(9000, '::');

net.createServer((socket) => socket.on('error', () => {}).once('data', () => socket.resetAndDestroy())).listen(9001, '::');

process.on('SIGTERM', () => process.exit(0));
