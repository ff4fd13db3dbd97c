// In a pod: answers "down N" with N bytes of the pattern, and "up N" with the hash of what came.
const { createHash } = require('node:crypto');
const { createServer } = require('node:net');

const pattern = Buffer.from(Uint8Array.from({ length: 65536 }, (_, i) => (i * 31 + (i >> 8) * 7) & 0xff));

createServer({ allowHalfOpen: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  let head = Buffer.alloc(0);
  const onHead = (chunk) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf(10);
    if (end < 0) return;
    socket.off('data', onHead);
    const [direction, count] = head.subarray(0, end).toString().split(' ');
    if (direction === 'down') send(socket, Number(count));
    else receive(socket, head.subarray(end + 1));
  };
  socket.on('data', onHead);
}).listen(9000, '::', () => console.log('listening'));

function send(socket, total) {
  let sent = 0;
  const more = () => {
    while (sent < total) {
      const chunk = pattern.subarray(0, Math.min(pattern.length, total - sent));
      sent += chunk.length;
      if (!socket.write(chunk)) return void socket.once('drain', more);
    }
    socket.end();
  };
  more();
  socket.resume();
}

function receive(socket, first) {
  const hash = createHash('sha256').update(first);
  socket.on('data', (chunk) => hash.update(chunk));
  socket.on('end', () => socket.end(`${hash.digest('hex')}\n`));
}
