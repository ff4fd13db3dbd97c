import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isInstalled } from '../integration/support/is-installed.ts';
import { AskingCluster } from './support/asking-cluster.ts';
import { describeE2e, kubeProgram, runsAsRoot } from './support/e2e-environment.ts';
import { expectRun } from './support/expect-run.ts';
import { checkLeaks } from './support/leak-check.ts';
import { OwnMachine } from './support/own-machine.ts';
import { runInpod } from './support/run-inpod.ts';

/** A name server that the cluster alone reaches: knows `wiki.example`, 192.0.2.7, and nothing else. */
const external = `
const socket = require('node:dgram').createSocket('udp4');
socket.on('message', (query, from) => {
  const isKnown = query.includes('\\x04wiki\\x07example\\x00\\x00\\x01');
  const end = query.indexOf(0, 12) + 5;
  const answer = Buffer.concat([query.subarray(0, end), isKnown ? Buffer.from('c00c00010001000000050004c0000207', 'hex') : Buffer.alloc(0)]);
  answer.writeUInt16BE(isKnown ? 0x8180 : 0x8183, 2);
  answer.writeUInt16BE(isKnown ? 1 : 0, 6);
  answer.writeUInt32BE(0, 8);
  socket.send(answer, from.port, from.address);
});
socket.bind(53, '198.51.100.10', () => console.log('up'));
`;

const canRun = runsAsRoot && kubeProgram !== undefined && isInstalled('sshuttle');

describeE2e('sshuttle and a cluster that asks this machine what it does not know', () => {
  checkLeaks();

  describe.skipIf(!canRun)('as root, on a machine of its own', () => {
    let machine: OwnMachine;
    let cluster: AskingCluster;
    let server: ChildProcess;

    beforeAll(async () => {
      server = spawn(kubeProgram ?? '', ['node', process.execPath, '-e', external], {
        stdio: ['ignore', 'pipe', 'inherit'],
        detached: true,
      });
      await once(server.stdout!, 'data');
      machine = await OwnMachine.open();
      cluster = await AskingCluster.open(machine, '10.99.0.53');
    });
    afterAll(async () => {
      await cluster.close();
      await machine.close();
      const ended = once(server, 'exit');
      process.kill(-server.pid!);
      await ended;
    });

    it.each([
      ['is found to', []],
      ['is said to', ['--local-cluster']],
    ])('names of others are asked of another server where it %s', async (_how, flags) => {
      cluster.asked.length = 0;
      const script = 'getent hosts wiki.example; getent ahostsv4 web | head -n 1 | cut -c1-6; getent hosts nobody.example || echo unknown';
      const result = await runInpod({
        as: 'root',
        prefix: machine.prefix,
        args: ['run', '--backend', 'sshuttle', ...flags, '--', 'sh', '-c', script],
        env: { INPOD_CONFIG_DNS_EXTERNAL: '198.51.100.10' },
      });
      expectRun(result).toMatchObject({ code: 0 });
      expect(result.stdout).toMatch(/^192\.0\.2\.7 +wiki\.example\n10\.96\.\nunknown\n$/);
      expect(cluster.asked.some((name) => name.endsWith('.inpod-loop.internal'))).toBe(flags.length === 0);
      expect(cluster.asked.filter((name) => name.endsWith('.example') && !name.includes('office'))).toEqual([]);
    });
  });
});
