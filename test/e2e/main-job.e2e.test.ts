import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { expectRun } from './support/expect-run.ts';
import { ClusterAdmin } from './support/cluster-admin.ts';
import { eventually } from './support/eventually.ts';
import { describeForLaptopUsers } from './support/laptop-users.ts';
import { sessionProcesses } from './support/leak-check.ts';
import { runInpod, startInpod } from './support/run-inpod.ts';

const podOf = async (namespace: string): Promise<string> => {
  const [pod = ''] = await new ClusterAdmin(inject('bed').kubeconfigs.admin).podNames(namespace, 'app=web');
  return `${pod}\n`;
};

describeForLaptopUsers('the main job', (as) => {
  it('reaches a Service by its short name', async () => {
    const result = await runInpod({ as, args: ['run', '--', 'curl', '-s', 'http://web'] });
    expectRun(result).toMatchObject({ code: 0, stdout: await podOf('default') });
  });

  it('says in two or three lines what it does, cluster, namespace and user first', async () => {
    const { stderr } = await runInpod({ as, args: ['run', '--', 'true'] });
    const lines = stderr.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(3);
    expect(lines[0]).toMatch(/testkube.*default.*developer/);
  });

  it('carries a static Go program of a user who has one namespace', async () => {
    const client = join(inject('bed').clients, 'static-go-client');
    const result = await runInpod({
      as,
      user: 'teammate',
      args: ['run', '-n', 'shop', '--', client, 'http://web.default.svc.cluster.local'],
    });
    expectRun(result).toMatchObject({ code: 0, stdout: await podOf('default') });
  });

  it("takes the namespace of the kubeconfig's context", async () => {
    const result = await runInpod({ as, user: 'teammate', args: ['run', '--', 'curl', '-s', 'http://web'] });
    expectRun(result).toMatchObject({ code: 0, stdout: await podOf('shop') });
  });

  it('runs an interactive shell with job control', async () => {
    const session = startInpod({ as, pty: true, args: ['run'] });
    await session.shows(/\$ $|# $/m);
    session.write('sleep 300\n');
    await eventually('sleep', () => expect(sessionProcesses().some((line) => line.endsWith(' sleep 300'))).toBe(true));
    session.write('\x1a');
    await session.shows(/Stopped\s+sleep 300/);
    session.write('kill %1; curl -s http://web; echo "came: $?"\n');
    await session.shows(/came: 0/);
    session.write('exit 7\n');
    const result = await session.done;
    expect(result.stdout).toContain((await podOf('default')).trim());
    expect(result.stdout).not.toContain('no job control');
    expect(result.code).toBe(7);
  });

  it('sends the bytes through the TUN', async () => {
    const run = startInpod({ as, args: ['run', '--pcap', 'tun.pcap', '--', 'curl', '-s', 'http://web/?through=the-tun'] });
    expectRun(await run.done).toMatchObject({ code: 0 });
    const bytes = await readFile(join(run.state, 'tun.pcap'), 'latin1');
    expect(bytes).toContain('GET /?through=the-tun HTTP/1.1\r\nHost: web\r\n');
    expect(bytes).toContain((await podOf('default')).trim());
  });
});
