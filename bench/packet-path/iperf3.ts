import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';

const run = promisify(execFile);

interface Report {
  readonly end: {
    readonly sum_received?: { readonly bits_per_second: number };
    readonly sum?: { readonly seconds: number; readonly packets: number; readonly lost_packets: number };
  };
}

/** iperf3 over 127.0.0.1, one stream: a client and a server of its own. @returns Mbit/s as the receiver counts them */
export async function iperf3Tcp(milliseconds: number, ...flags: readonly string[]): Promise<number> {
  const { end } = await iperf3(['-t', seconds(milliseconds), ...flags]);
  return (end.sum_received?.bits_per_second ?? Number.NaN) / 1e6;
}

/** 64-byte datagrams a second that arrive. */
export async function iperf3Udp(milliseconds: number): Promise<number> {
  const { end } = await iperf3(['-u', '-b', '0', '-l', '64', '-t', seconds(milliseconds)]);
  return end.sum ? (end.sum.packets - end.sum.lost_packets) / end.sum.seconds : Number.NaN;
}

/** iperf3 takes whole seconds. */
function seconds(milliseconds: number): string {
  return String(Math.max(1, Math.round(milliseconds / 1000)));
}

async function iperf3(flags: readonly string[]): Promise<Report> {
  const port = await freePort();
  const server = spawn('iperf3', ['-s', '-1', '-B', '127.0.0.1', '-p', port, '--forceflush'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(server, 'exit');
  try {
    await Promise.race([once(server.stdout, 'data'), ended.then(() => Promise.reject(new Error('the server of iperf3 ended')))]);
    const { stdout } = await run('iperf3', ['-c', '127.0.0.1', '-p', port, '-J', ...flags], { maxBuffer: 1 << 24 });
    return JSON.parse(stdout) as Report;
  } finally {
    server.kill();
    await ended;
  }
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? String(address.port) : '';
}
