// office-tcp-resolver.mjs SERVER (NAME ADDRESS)...: a name server at SERVER, an address of this machine from now on, by TCP alone: knows names, each with one
// IPv4 address. Prints `ready`.
import { execFileSync('ip', ['addr', 'add', `${host}/32`, 'dev', 'lo']);
const server = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    const query = chunk.subarray(2);
    const end = query.indexOf(0, 12) + 5;
    const record = known.get(query.toString('latin1', 12, end));
    const answer = Buffer.concat([query.subarray(0, end), record ?? Buffer.alloc(0)]);
    answer.writeUInt16BE(record ? 0x8180 : 0x8183, 2);
    answer.writeUInt16BE(record ? 1 : 0, 6);
    answer.writeUInt32BE(0, 8);
    socket.end(Buffer.concat([Buffer.from([0, answer.length]), answer]));
  });
});
server.listen(53, host, () => console.log('ready'));
