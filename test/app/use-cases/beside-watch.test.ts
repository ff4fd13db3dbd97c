import { decode, encode } from 'dns-packet';
import { beforeEach, describe, expect, it } from 'vitest';
import { BesideWatch } from '../../../src/app/use-cases/beside-watch.ts';
import type { ToldName } from '../../../src/domain/dns/told-name.ts';
import { Cidr } from '../../../src/domain/netstack/address/cidr.ts';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import type { SessionEvent } from '../../../src/domain/session/session-event.ts';

const cidrs = (...texts: readonly string[]): readonly Cidr[] => texts.flatMap((text) => Cidr.parse(text) ?? []);

describe('addresses that the tunnel doesn’t lead to', () => {
  let events: SessionEvent[];
  let watch: BesideWatch;
  /** What this machine's servers give; they are silent where it is undefined. */
  let here: string | undefined;

  beforeEach(() => {
    [events, here] = [[], '192.0.2.9'];
    const query = async (message: Uint8Array, transport: string): Promise<Uint8Array> => {
      expect(transport).toBe('tcp');
      if (here === undefined) throw new Error('silent');
      const { id = 0, questions = [] } = decode(Buffer.from(message));
      const answers = questions.map(({ name }) => ({ type: 'A' as const, name, ttl: 5, data: here ?? '' }));
      return encode({ type: 'response', id, questions, answers });
    };
    watch = new BesideWatch({
      backend: 'sshuttle',
      places: { networks: { cluster: cidrs('10.96.0.0/12'), laptop: cidrs('10.8.0.1/32') }, ownNetworks: cidrs('192.168.1.0/24') },
      decidedNames: new Set(['also.example', 'never.example']),
      laptop: { query },
      events: (event) => events.push(event),
      signal: new AbortController().signal,
    });
  });

  const answered = (name: string, address: string, by: ToldName['by'] = 'cluster'): Promise<void> =>
    watch.answered({ name, type: 'A', by, outcome: 'found', tookMs: 1, addresses: [ip('10.96.7.7'), ip(address)] });
  const shown = (): readonly string[] =>
    events.map((event) => (event.kind === 'address-beside' ? `${event.name} ${event.address}` : event.kind));

  it('are a warning the first time, which says what to do', async () => {
    await answered('db.cloud.example', '198.51.100.10');
    await answered('db.cloud.example', '198.51.100.10');
    await answered('cache.cloud.example', '10.20.3.4');
    expect(shown()).toEqual(['db.cloud.example 198.51.100.10', 'warning', 'cache.cloud.example 10.20.3.4']);
    expect(events[1]).toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(/^db\.cloud\.example is at 198\.51\.100\.10, as the cluster's DNS says; sshuttle takes networks/),
      hint: expect.stringMatching(/^--also-proxy db\.cloud\.example/),
    });
  });

  it.each<[string, () => Promise<void>]>([
    ['the tunnel leads there', () => answered('web', '10.96.0.1')],
    ['they are public', () => answered('github.com', '140.82.121.4')],
    ['they are of a network of this machine', () => answered('printer', '192.168.1.20')],
    ['this machine gave them', () => answered('wiki.example', '198.51.100.10', 'laptop')],
    ['the name is one of --never-proxy', () => answered('never.example', '198.51.100.10')],
    ['the name is one of --also-proxy, which has a warning of its own', () => answered('also.example', '198.51.100.10')],
    [
      'this machine’s servers give the same',
      () => {
        here = '198.51.100.10';
        return answered('db.cloud.example', '198.51.100.10');
      },
    ],
  ])('are none where %s', async (_what, tell) => {
    await tell();
    expect(events).toEqual([]);
  });

  it('are told where this machine’s servers are silent', async () => {
    here = undefined;
    await answered('db.cloud.example', '198.51.100.10');
    expect(shown()).toEqual(['db.cloud.example 198.51.100.10', 'warning']);
  });

  it('are a warning each where a name of --also-proxy changes', () => {
    for (const address of ['10.96.1.1', '140.82.121.4', '140.82.121.4', '10.8.0.1', '10.20.3.4'])
      watch.alsoProxied('also.example', ip(address));
    expect(events.map((event) => event.kind === 'warning' && event.message)).toEqual([
      expect.stringContaining('--also-proxy also.example leads to 140.82.121.4 now'),
      expect.stringContaining('--also-proxy also.example leads to 10.20.3.4 now'),
    ]);
  });
});
