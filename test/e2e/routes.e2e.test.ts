import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ClusterAdmin } from './support/cluster-admin.ts';
import { describeE2e, kubeProgram, runsAsRoot } from './support/e2e-environment.ts';
import { expectRun } from './support/expect-run.ts';
import { checkLeaks } from './support/leak-check.ts';
import { OwnMachine } from './support/own-machine.ts';
import { runInpod, startInpod } from './support/run-inpod.ts';

const curl = (url: string): string => `curl -sS --max-time 20 ${url}`;

describeE2e('what goes to the cluster', () => {
  checkLeaks();

  it('a Service that was made later, by name and by address', async () => {
    const admin = new ClusterAdmin(inject('bed').kubeconfigs.admin);
    const spec = { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] };
    const late = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'late', namespace: 'default' }, spec };
    const script = 'echo begun; until [ -s address ]; do sleep 0.1; done; curl -sS http://late; curl -sS http://$(cat address)';
    const session = startInpod({ args: ['run', '--', 'sh', '-c', script] });
    try {
      await session.shows(/begun/);
      await admin.applyAll([late]);
      await admin.waitUntilServed('default', 'web', 'http://late/');
      const [address = ''] = await admin.serviceAddresses('default', 'late');
      writeFileSync(join(session.state, 'address'), address);
      const { stdout, stderr } = await session.done;
      const [, byName, byAddress] = stdout.split('\n');
      expect(byName, stderr).not.toBe('');
      expect(byAddress).toBe(byName);
    } finally {
      await admin.removeAll([late]);
    }
  });

  describe.skipIf(kubeProgram === undefined)('a database beside the cluster', () => {
    const program = `require('node:http').createServer((_, answer) => answer.end('database\\n')).listen(8081, '198.51.100.10', () => console.log('up'))`;
    let server: ReturnType<typeof spawn>;
    beforeAll(async () => {
      server = spawn(kubeProgram ?? '', ['node', process.execPath, '-e', program], {
        stdio: ['ignore', 'pipe', 'inherit'],
        detached: true,
      });
      await once(server.stdout!, 'data');
    });
    afterAll(async () => {
      const ended = once(server, 'exit');
      process.kill(-server.pid!);
      await ended;
    });

    it.each([
      ['by name without a flag', [], 'db.cloud.example'],
      ['by address with it', ['--also-proxy', '198.51.100.0/28'], '198.51.100.10'],
      ['by address with the name', ['--also-proxy', 'www.cloud.example'], '198.51.100.10'],
    ])('%s', async (_how, flags, host) => {
      const result = await runInpod({ args: ['run', '-v', ...flags, '--', 'sh', '-c', curl(`http://${host}:8081`)] });
      expectRun(result).toMatchObject({ code: 0, stdout: 'database\n' });
      if (flags.length === 0) expect(result.stderr).toMatch(/name db\.cloud\.example A: by the cluster's resolver/);
    });
  });

  it.skipIf(!runsAsRoot)(
    'a VPN that keeps its networks in a table of its own, and takes the cluster’s: told before the tunnel is open',
    async () => {
      const machine = await OwnMachine.open();
      try {
        const commands = [
          'link add vpn0 type veth peer name vpn1',
          'link set vpn0 up',
          'link set vpn1 up',
          'route add 10.96.0.0/12 dev vpn0 table 51820',
          'rule add not fwmark 51820 table 51820',
        ];
        for (const command of commands) await machine.run('ip', ...command.split(' '));
        const result = await runInpod({ as: 'root', prefix: machine.prefix, args: ['run', '-v', '--', 'sh', '-c', curl('http://web')] });
        expectRun(result).toMatchObject({ code: 0 });
        expect(result.stdout).toMatch(/^web-/);
        expect(result.stderr).toMatch(/10\.96\.0\.0\/12 of vpn0 \(table 51820\) and 10\.96\.[^]*--never-proxy 10\.96\.[^]*tunnel: tun;/);
      } finally {
        await machine.close();
      }
    },
  );
});
