import { describe, expect, it } from 'vitest';
import { ProcessConnector } from '../../../src/app/use-cases/process-connector.ts';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import type { Endpoint } from '../../../src/domain/netstack/address/endpoint.ts';
import type { SessionEvent } from '../../../src/domain/session/session-event.ts';
import { SessionTraffic } from '../../../src/domain/session/session-traffic.ts';
import { FakeClock } from '../../fakes/fake-clock.ts';
import { echo, MemoryHosts } from '../../fakes/memory-hosts.ts';

const never = new AbortController().signal;
const addresses = ['127.0.0.1', '::1', '10.1.2.3'].map(ip);

function bed(): { clock: FakeClock; hosts: MemoryHosts; events: SessionEvent[]; traffic: SessionTraffic; connector: ProcessConnector } {
  const [clock, hosts, events] = [new FakeClock(), new MemoryHosts(), [] as SessionEvent[]];
  const traffic = new SessionTraffic(clock);
  const tunnel = { connect: ({ address, port }: Endpoint) => hosts.dial({ host: address.toString(), port }, never) };
  return {
    clock,
    hosts,
    events,
    traffic,
    connector: new ProcessConnector({ tunnel, addresses, clock, events: (event) => events.push(event), traffic, limitMs: 5000 }),
  };
}

describe('ProcessConnector', () => {
  it.each(['127.0.0.1', '::1', '10.1.2.3'])('finds a process that listens on %s alone', async (host) => {
    const { hosts, events, traffic, connector } = bed();
    hosts.serve(host, 80, echo);
    await connector.connect(80, never);
    expect(traffic.summary().inbound.connections).toBe(1);
    expect(events).toEqual([]);
  });

  it('waits for a process that starts late, and says so once however many wait', async () => {
    const { clock, hosts, events, connector } = bed();
    const waiting = Promise.all([connector.connect(80, never), connector.connect(80, never)]);
    await clock.advance(2000);
    hosts.serve('127.0.0.1', 80, echo);
    await clock.runUntilDone(waiting);
    expect(events.map(({ kind }) => kind)).toEqual(['process-awaited', 'process-reached']);
    expect(clock.sleeping).toBe(0);
  });

  it('gives up after the limit, and tries anew for the next connection', async () => {
    const { clock, hosts, connector } = bed();
    await expect(clock.runUntilDone(connector.connect(80, never))).rejects.toMatchObject({ errno: 'ECONNREFUSED' });
    hosts.serve('127.0.0.1', 80, echo);
    await connector.connect(80, never);
  });

  it('waits no longer than somebody wants it', async () => {
    const { clock, connector } = bed();
    const [cancel, reason] = [new AbortController(), new Error('gone')];
    const connecting = connector.connect(80, cancel.signal);
    connecting.catch(() => undefined);
    await clock.advance(300);
    cancel.abort(reason);
    await expect(connecting).rejects.toBe(reason);
  });

  it('takes a crowd for what it is, not for a process that does not listen', async () => {
    const { clock, hosts, events, connector } = bed();
    hosts.fail('127.0.0.1', 80, 'EAGAIN');
    const connecting = connector.connect(80, never);
    await clock.advance(300);
    hosts.recover('127.0.0.1', 80).serve('127.0.0.1', 80, echo);
    await clock.runUntilDone(connecting);
    expect(events).toEqual([]);
  });
});
