import { decode, encode } from 'dns-packet';
import type { ByteChannel } from '../../src/domain/byte-channel.ts';
import { ErrnoError } from '../../src/domain/errno-error.ts';
import { ip } from '../../src/domain/netstack/address/ip-address.ts';
import type { OutboundNetwork, PodServices } from '../../src/domain/ports/tunnel-port.ts';
import { serveSocks } from '../../src/domain/socks/serve-socks.ts';
import { memoryChannelPair } from '../fakes/memory-channel.ts';

/** A connection to a SOCKS server whose far side is `network`, as the one in a pod has the pod's. */
function socksInto(network: OutboundNetwork): ByteChannel {
  const [near, far] = memoryChannelPair();
  const services = {
    dial: (host: string, port: number, signal: AbortSignal) => network.dial({ address: ip(host), port }, signal),
    resolve: async (name: string) => ip(await addressOf(name, network)),
    resolvePtr: () => Promise.reject(new ErrnoError('ENOTFOUND', 'no names')),
  };
  void serveSocks(far, services, { limit: new AbortController().signal, gone: new AbortController() });
  return near;
}

/** What a pod in `network` serves to who takes SOCKS alone. */
export function servesSocks(network: OutboundNetwork): PodServices {
  const none = (): never => {
    throw new Error('not to be asked for');
  };
  const others = {
    openAgent: none,
    agentHostKey: '',
    allowExec: none,
    openNameServer: none,
    breakDnsLoop: none,
    askOffice: none,
    listen: none,
  };
  return { openSocks: async () => socksInto(network), ...others };
}

async function addressOf(name: string, network: OutboundNetwork): Promise<string> {
  const question = encode({ type: 'query', id: 7, flags: 0x100, questions: [{ type: 'A', name }] });
  const { answers = [] } = decode(Buffer.from(await network.resolve(question, 'udp')));
  const [first] = answers.flatMap((one) => (one.type === 'A' ? [one.data] : []));
  if (first === undefined) throw new ErrnoError('ENOTFOUND', `${name} is unknown`);
  return first;
}
