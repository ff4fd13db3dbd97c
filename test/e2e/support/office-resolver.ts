import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';

/** What it was asked so far, in order. */
export interface OfficeResolver {
  readonly asked: string[];
  close(): void;
}

/** A name server of the laptop's side, on port 53 of a loopback address (root): knows one name, and no other. */
export async function startOfficeResolver(host: string, name: string, address: string): Promise<OfficeResolver> {
  const socket = createSocket('udp4');
  const asked: string[] = [];
  socket.on('message', (message, from) => {
    const { id = 0, questions = [] } = decode(message);
    const [question] = questions;
    asked.push(question?.name ?? '');
    const isKnown = question?.name === name;
    const answers = isKnown && question.type === 'A' ? [{ type: 'A' as const, name, ttl: 5, data: address }] : [];
    socket.send(
      encode({ type: 'response', id, flags: RECURSION_DESIRED | (isKnown ? 0 : 3), questions, answers }),
      from.port,
      from.address,
    );
  });
  socket.bind(53, host);
  await once(socket, 'listening');
  return { asked, close: () => void socket.close() };
}
