// In a pod: sends back on port 9001 what comes.
const { createServer: createEchoServer } = require('node:net');

createEchoServer({ noDelay: true }, (socket) => {
  socket.on('error', () => socket.destroy());
  socket.pipe(socket);
}).listen(9001, '::');
