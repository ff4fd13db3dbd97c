// dns-asker.mjs SERVER: asks SERVER, by UDP, each DNS message that comes as a line in hexadecimal, and prints each answer so. The ids tell them apart.
import { createSocket } from 'node:dgram';
import { createInterface } from 'node:readline';

const [server] = process.argv.slice(2);
const socket = createSocket('udp4');
socket.on('message', (answer) => console.log(answer.toString('hex')));
socket.bind(0, () => console.log('ready'));
createInterface({ input: process.stdin }).on('line', (line) => socket.send(Buffer.from(line, 'hex'), 53, server));
