import { decode, encode } from 'dns-packet';
import type { ByteChannel } from '../../src/domain/byte-channel.ts';
import { ErrnoError } from '../../src/domain/errno-error.ts';
import { TunnelError } from '../../src/domain/errors.ts';
import { ip } from '../../src/domain/netstack/address/ip-address.ts';
import type { ChildExit } from '../../src/domain/ports/tunnel-port.ts';
import { abortable, deferred } from '../../src/domain/promises.ts';
import { echo } from '../fakes/memory-hosts.ts';
import type { MemoryWorld } from '../fakes/memory-tunnel.ts';
import { record } from '../fakes/recording-sink.ts';
import { errnoNumbers, unknownName, type TunnelAct } from './tunnel-act.ts';

type Performers = { readonly [A in TunnelAct['act']]: (act: Extract<TunnelAct, { act: A }>, world: MemoryWorld) => Promise<ChildExit> };

const performers: Performers = {
  exit: async ({ code }) => ({ code }),
  'die-by': async ({ signal }) => ({ signal: signal === 'SIGKILL' ? 9 : 15 }),
  'exit-on-term': async (act, world) => {
    const terminated = new Promise<ChildExit>((resolve) => world.onSignal(() => resolve({ code: act.code })));
    const channel = await dial(act, world);
    record(channel);
    channel.write(Buffer.from('ready'));
    return terminated;
  },
  sleep: () => new Promise<never>(() => undefined),
  'leave-daemon': async ({ marker }, { startDaemon }) => {
    startDaemon(marker);
    return { code: 0 };
  },
  'expect-variable': async ({ name, value }, { command }) => {
    const variable = command.environment.find((one) => Buffer.from(one.name).toString() === name);
    return expectation(variable !== undefined && Buffer.from(variable.value).toString() === value);
  },
  'expect-cwd': async ({ path }, { command }) => expectation(command.cwd === path),
  'expect-umask': async ({ umask }, { command }) => expectation(command.umask === umask),
  'expect-hostname': async ({ hostname }, { options }) => expectation(options.hostname === hostname),
  'expect-file': async ({ path, text }, { options }) => {
    const files: Record<string, string> = { '/etc/resolv.conf': options.files.resolvConf, '/etc/hosts': options.files.hosts };
    return expectation(files[path] === text);
  },
  'expect-address': async ({ address }, { options }) => expectation(options.addresses.some((one) => one.toString() === address)),
  echo: async (act, world) => {
    const results = await Promise.all(Array.from({ length: act.connections }, () => echoOnce(act, world)));
    return expectation(results.every(Boolean));
  },
  connect: async (act, world) => {
    const channel = await dial(act, world);
    const sink = record(channel);
    channel.write(Buffer.from('x'));
    channel.end();
    const failure = await sink.whenClosed;
    if (failure) throw new ErrnoError(failure.errno, failure.message);
    return { code: 0 };
  },
  serve: async ({ host, port }, { local }) => {
    await local.listen(host, port, echo);
    return new Promise<never>(() => undefined);
  },
  udp: async ({ host, port, text, giveUpMs }, { network }) => {
    const channel = network.openDatagrams({ address: ip(host), port });
    const answer = deferred<ChildExit>();
    channel.attach({
      datagram: (payload) => answer.resolve(expectation(Buffer.from(payload).toString() === text)),
      failed: () => answer.resolve({ code: errnoNumbers.ECONNREFUSED }),
    });
    channel.send(Buffer.from(text));
    if (giveUpMs !== undefined) setTimeout(() => answer.resolve({ code: errnoNumbers.ETIMEDOUT }), giveUpMs);
    const exit = await answer.promise;
    channel.close();
    return exit;
  },
  resolve: async ({ name, address }, { network }) => {
    const question = encode({ type: 'query', id: 7, flags: 0x100, questions: [{ type: 'A', name }] });
    const answer = decode(Buffer.from(await network.resolve(question, 'udp')));
    const data = answer.answers?.flatMap((one) => (one.type === 'A' ? [one.data] : []));
    return data?.length ? expectation(data.includes(address)) : { code: unknownName };
  },
};

/** The suite's program for backends in memory: `argv[1]` is the act as JSON. */
export async function runActInMemory(world: MemoryWorld): Promise<ChildExit> {
  const act = JSON.parse(world.command.argv[1] ?? '') as TunnelAct;
  const perform = performers[act.act] as (act: TunnelAct, world: MemoryWorld) => Promise<ChildExit>;
  try {
    return await perform(act, world);
  } catch (error) {
    if (error instanceof TunnelError) throw error;
    return { code: error instanceof ErrnoError ? errnoCode(error) : 1 };
  }
}

/** The suite's program that nobody can hook, for backends in memory: its arguments are a host and a port, from which a byte is to come back. */
export async function sendByteInMemory(world: MemoryWorld): Promise<ChildExit> {
  const [, host = '', port = ''] = world.command.argv;
  return expectation(await echoOnce({ act: 'echo', host, port: Number(port), bytes: 1, connections: 1 }, world));
}

function errnoCode({ errno }: ErrnoError): number {
  return errno in errnoNumbers ? errnoNumbers[errno as keyof typeof errnoNumbers] : 1;
}

function expectation(isSo: boolean): ChildExit {
  return { code: isSo ? 0 : 1 };
}

function dial({ host, port }: { host: string; port: number }, { network, local, killed }: MemoryWorld): Promise<ByteChannel> {
  if (host === '127.0.0.1') return local.dial({ host, port }, killed);
  return abortable(network.dial({ address: ip(host), port }, killed), killed);
}

async function echoOnce(act: Extract<TunnelAct, { act: 'echo' }>, world: MemoryWorld): Promise<boolean> {
  const sent = Buffer.alloc(act.bytes, 'a fairly long pattern that no power of two divides; ');
  const channel = await dial(act, world);
  const sink = record(channel);
  for (let at = 0; at < sent.length; at += 16_384) channel.write(sent.subarray(at, at + 16_384));
  channel.end();
  await sink.whenEnded;
  return Buffer.from(sink.bytes).equals(sent);
}
