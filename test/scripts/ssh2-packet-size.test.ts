import { build, type Plugin } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

interface PacketSize {
  readonly enlargePackets: (file: string, source: string) => string;
  readonly ssh2PacketSize: Plugin;
}

const path: string = '../../scripts/ssh2-packet-size.mjs'; // a variable: the script has no types to import
const { enlargePackets, ssh2PacketSize } = (await import(path)) as PacketSize;

/** Two ends of one connection; prints the payload of each packet in which 64 KiB arrive. */
const exchange = `
  const { Client, Server, utils } = require('ssh2');
  const server = new Server({ hostKeys: [utils.generateKeyPairSync('ecdsa', { bits: 256 }).private] }, (peer) => {
    peer.on('authentication', (attempt) => attempt.accept());
    peer.on('tcpip', (accept) => accept().on('data', ({ length }) => console.log(length)).on('end', () => process.exit()));
  });
  server.listen(0, '127.0.0.1', () => {
    const client = new Client();
    client.on('ready', () => client.forwardOut('', 0, '', 0, (error, channel) => channel.end(Buffer.alloc(65536))));
    client.connect({ host: '127.0.0.1', port: server.address().port, username: 'u', password: 'p' });
  });
`;

describe('the packets of ssh2, bundled', () => {
  it.each([
    ['of its own', [], ['32768', '32768']],
    ['with the plugin', [ssh2PacketSize], ['65536']],
  ])('carry %s as much as they say', async (_whose, plugins, payloads) => {
    const { outputFiles } = await build({
      stdin: { contents: exchange, resolveDir: import.meta.dirname },
      bundle: true,
      platform: 'node',
      external: ['*.node', 'cpu-features'],
      write: false,
      plugins,
    });
    const { stdout, stderr } = spawnSync(process.execPath, ['-'], { input: outputFiles[0]?.text, encoding: 'utf8' });
    expect(stdout.trim().split('\n'), stderr).toEqual(payloads);
  });

  it.each(['Channel.js', 'protocol/crypto.js'])('fail the build where %s has other constants', (file) => {
    expect(() => enlargePackets(file, 'const PACKET_SIZE = 1;')).toThrow(`ssh2's lib/${file} doesn't have \`const `);
  });
});
