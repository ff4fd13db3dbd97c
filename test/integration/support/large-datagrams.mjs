// The program in the namespace of ip-fragments.netns.test.ts: does the one act of its argument, and ends with 0 if it went as it should.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

const { act, host, version, sizes } = JSON.parse(process.argv[2]);

async function open() {
  const socket = createSocket(version === 4 ? 'udp4' : 'udp6');
  socket.connect(7, host);
  await once(socket, 'connect');
  return socket;
}

async function echo(socket, size) {
  const sent = Buffer.from(Uint8Array.from({ length: size }, (_, i) => i * 7 + (i >> 8)));
  const answered = once(socket, 'message');
  socket.send(sent);
  const [received] = await Promise.race([answered, sleep(10_000, [Buffer.alloc(0)], { ref: false })]);
  return received.equals(sent);
}

const acts = {
  echo: async () => {
    const socket = await open();
    for (const size of sizes) if (!(await echo(socket, size))) return 1;
    socket.close();
    return 0;
  },
  close: async () => {
    const first = await open();
    await new Promise((resolve) => first.send('x', resolve));
    first.close();
    const second = await open();
    const isRight = await echo(second, 10);
    second.close();
    return isRight ? 0 : 1;
  },
};

process.exitCode = await acts[act]();
