import { createSocket } from 'node:dgram';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';

/** How a fake name server answers a query over a transport; nothing is silence. */
export type Answerer = (query: Buffer, transport: 'udp' | 'tcp') => readonly Buffer[];

/** A name server on a loopback address, UDP and TCP on one port. */
export interface FakeResolver {
  readonly port: number;
  /** Source ports of the UDP queries so far. */
  readonly sourcePorts: number[];
  close(): Promise<void>;
}

/** @param port - 0 for a free one; several servers on one port have different `host`s of 127.0.0.0/8 */
export async function startResolver(answerer: Answerer, host = '127.0.0.1', port = 0): Promise<FakeResolver> {
  const tcp = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      const query = chunk.subarray(2);
      for (const answer of answerer(query, 'tcp')) {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        // In two pieces that split the length: a stream has no borders.
        socket.write(length.subarray(0, 1));
        setImmediate(() => socket.write(Buffer.concat([length.subarray(1), answer])));
      }
    });
  });
  tcp.listen(port, host);
  await once(tcp, 'listening');
  const bound = (tcp.address() as AddressInfo).port;
  const sourcePorts: number[] = [];
  const udp = createSocket('udp4');
  udp.on('message', (query, from) => {
    sourcePorts.push(from.port);
    for (const answer of answerer(query, 'udp')) udp.send(answer, from.port, from.address);
  });
  udp.bind(bound, host);
  await once(udp, 'listening');
  return {
    port: bound,
    sourcePorts,
    close: async () => {
      udp.close();
      await new Promise<void>((resolve) => tcp.close(() => resolve()));
    },
  };
}

/** A query message with one question (RFC 1035 §4.1). */
export function makeQuery(id: number, name: string, type = 1): Buffer {
  const header = Buffer.from([id >> 8, id & 0xff, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([header, ...labels, Buffer.from([0, type >> 8, type & 0xff, 0, 1])]);
}

/** A response that echoes the question and adds `extra` bytes, which a forwarder must not look at. */
export function makeAnswer(query: Buffer, rcode = 0, extra = Buffer.alloc(0)): Buffer {
  const answer = Buffer.concat([query, extra]);
  answer[2] = 0x81;
  answer[3] = 0x80 | rcode;
  return answer;
}
