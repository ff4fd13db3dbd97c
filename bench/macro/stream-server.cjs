// In a pod, after stream-pattern.cjs: answers "down N" with N bytes of the pattern, and "up N" with "ok" when N bytes of it came.
/* global createPattern */
const { createServer } = require('node:net');

createServer((socket) => {
  socket.on('error', () => socket.destroy());
  let head = Buffer.alloc(0);
  const onHead = (chunk) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf(10);
    if (end < 0) return;
    socket.off('data', onHead);
    const [direction, count] = head.subarray(0, end).toString().split(' ');
    if (direction === 'down') send(socket, Number(count));
    else receive(socket, Number(count), head.subarray(end + 1));
  };
  socket.on('data', onHead);
}).listen(9000, '::');

function send(socket, total) {
  const { block } = createPattern();
  let sent = 0;
  const more = () => {
    while (sent < total) {
      const chunk = block.subarray(0, Math.min(block.length, total - sent));
      sent += chunk.length;
      if (!socket.write(chunk)) return void socket.once('drain', more);
    }
  };
  more();
  socket.resume();
}

function receive(socket, total, first) {
  const pattern = createPattern();
  const onData = (chunk) => {
    if (!pattern.continuesWith(chunk)) socket.end('other bytes\n');
    else if (pattern.position === total) socket.end('ok\n');
  };
  onData(first);
  socket.on('data', onData);
}
