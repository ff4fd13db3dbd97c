// udp-echo.mjs HOST PORT: sends datagrams of several sizes and prints the sizes that came back whole.
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';

const { address } = await lookup(process.argv[2]);
const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
socket.connect(Number(process.argv[3]), address);
await new Promise((resolve) => socket.once('connect', resolve));
for (const size of [1, 100, 1400, 9000]) {
  const payload = Buffer.alloc(size, size);
  const answer = new Promise((resolve, reject) => {
    socket.once('message', resolve);
    socket.once('error', reject);
    setTimeout(() => reject(new Error(`no answer to ${size} bytes`)), 5000).unref();
  });
  socket.send(payload);
  console.log(`${size} ${payload.equals(await answer)}`);
}
socket.close();
