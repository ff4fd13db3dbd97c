// Clients that are Node programs, in the session: `node real-clients.mjs websocket|grpc URL`. Each prints what it saw as JSON.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:http2';
import { WebSocket } from 'ws';

const hashOf = (bytes) => createHash('sha256').update(bytes).digest('hex');

const clients = {
  /** Sends messages of many sizes, and expects each back; closes in an orderly way. */
  async websocket(url) {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    await once(socket, 'open');
    let same = 0;
    for (const size of [0, 1, 125, 126, 65_535, 65_536, 1_000_000]) {
      const sent = randomBytes(size);
      socket.send(sent);
      const [received] = await once(socket, 'message');
      if (sent.equals(received)) same++;
    }
    socket.close(1000);
    const [code] = await once(socket, 'close');
    return { same, code };
  },

  /** 300 streams at once on one connection, each a unary call: a message behind five bytes, answered likewise, and a status in the trailers. */
  async grpc(url) {
    const session = connect(url);
    const call = async (index) => {
      const body = randomBytes(1 + ((index * 997) % 50_000));
      const prefix = Buffer.alloc(5);
      prefix.writeUInt32BE(body.length, 1);
      const stream = session.request({ ':method': 'POST', ':path': '/test.Echo/Call', 'content-type': 'application/grpc', te: 'trailers' });
      const trailers = once(stream, 'trailers');
      stream.end(Buffer.concat([prefix, body]));
      const parts = [];
      for await (const part of stream) parts.push(part);
      const [{ 'grpc-status': status }] = await trailers;
      return status === '0' && hashOf(Buffer.concat(parts)) === hashOf(Buffer.concat([prefix, body]));
    };
    const outcomes = await Promise.all(Array.from({ length: 300 }, (_, index) => call(index)));
    session.close();
    return { same: outcomes.filter(Boolean).length };
  },
};

const [, , name, url] = process.argv;
console.log(JSON.stringify(await clients[name](url)));
