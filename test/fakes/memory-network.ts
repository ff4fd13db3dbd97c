import { encode, decode, RECURSION_DESIRED, type Answer } from 'dns-packet';
import type { ByteChannel } from '../../src/domain/byte-channel.ts';
import type { Endpoint } from '../../src/domain/netstack/address/endpoint.ts';
import type { DatagramChannel } from '../../src/domain/ports/link-port.ts';
import type { OutboundNetwork } from '../../src/domain/ports/tunnel-port.ts';
import { MemoryHosts } from './memory-hosts.ts';

/** What a name server in memory knows: A records by name in lower case, without the last dot. */
export type MemoryZone = ReadonlyMap<string, string>;

const codes = { noError: 0, nameError: 3 };

/** Answers A questions from `zone`; other types of a known name have no data, other names don't exist. */
export function answerFromZone(zone: MemoryZone, message: Uint8Array): Uint8Array {
  const query = decode(Buffer.from(message));
  const question = query.questions?.[0];
  const address = zone.get(question?.name.toLowerCase() ?? '');
  const answers: Answer[] = address && question?.type === 'A' ? [{ type: 'A', name: question.name, ttl: 5, data: address }] : [];
  const rcode = address ? codes.noError : codes.nameError;
  return encode({ type: 'response', id: query.id ?? 0, flags: RECURSION_DESIRED | rcode, questions: query.questions ?? [], answers });
}

/** The far side of a tunnel: hosts and names in memory. */
export class MemoryNetwork implements OutboundNetwork {
  readonly hosts = new MemoryHosts();
  readonly zone = new Map<string, string>();
  questions = 0;

  dial(destination: Endpoint, signal: AbortSignal): Promise<ByteChannel> {
    return this.hosts.dial({ host: destination.address.toString(), port: destination.port }, signal);
  }

  openDatagrams(destination: Endpoint): DatagramChannel {
    return this.hosts.openDatagrams({ host: destination.address.toString(), port: destination.port });
  }

  async resolve(message: Uint8Array): Promise<Uint8Array> {
    this.questions++;
    return answerFromZone(this.zone, message);
  }
}
