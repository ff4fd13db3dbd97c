import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, inject, it } from 'vitest';
import { expectRun } from './support/expect-run.ts';
import { ClusterAdmin } from './support/cluster-admin.ts';
import { describeForLaptopUsers } from './support/laptop-users.ts';
import { runInpod, type InpodResult } from './support/run-inpod.ts';

const mebibyte = 1024 * 1024;
const node = (as: 'root' | 'ordinary', client: string, ...args: readonly string[]): Promise<InpodResult> =>
  runInpod({ as, args: ['run', '--', process.execPath, join(inject('bed').clients, client), ...args] });

describeForLaptopUsers('traffic', (as) => {
  it('carries 200 MiB each way, whole', async () => {
    const { code, stdout, stderr } = await node(as, 'transfer.mjs', 'http://web', String(200 * mebibyte));
    expect(code, stderr).toBe(0);
    const { expected, download, upload } = JSON.parse(stdout) as Record<string, unknown>;
    expect({ download, upload }).toEqual({
      download: { bytes: 200 * mebibyte, sha256: expected },
      upload: { bytes: 200 * mebibyte, sha256: expected },
    });
  });

  it('with -v, says at its end how much flowed, and which dial was the slowest', async () => {
    const { code, stderr } = await runInpod({ as, args: ['run', '-v', '--', 'curl', '-sS', 'http://web/peer'] });
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/connections from the command: 1; by them it sent [1-9]\d* \S+, received [1-9]\d* /);
    expect(stderr).toMatch(/slowest dial: web\S*:80, connected after \d/);
  });

  it('carries 200 connections at once', async () => {
    expectRun(await node(as, 'many.mjs', 'http://web', '200', as)).toMatchObject({ code: 0, stdout: '200\n' });
  });

  it('tells refused, reset and accepted apart', async () => {
    const { stdout } = await node(as, 'connect.mjs', 'web', '9002', '9001');
    expect(stdout.split('\n')).toEqual(['9002 ECONNREFUSED', '9001 connected, ECONNRESET', '']);
  });

  it('tells an address that nobody has as unreachable', async () => {
    const address = await new ClusterAdmin(inject('bed').kubeconfigs.admin).freedPodAddress();
    expectRun(await node(as, 'connect.mjs', address, '80')).toMatchObject({ code: 0, stdout: '80 EHOSTUNREACH\n' });
  });

  it('tells a name that nobody knows as unknown', async () => {
    expect((await node(as, 'connect.mjs', 'no-such-service', '80')).stdout).toBe('80 ENOTFOUND\n');
  });

  it.each(['web', 'v6'])('carries datagrams to %s', async (host) => {
    const target = host === 'v6' ? inject('bed').web.ipv6 : host;
    const { code, stdout, stderr } = await node(as, 'udp-echo.mjs', target, '9000');
    expect(code, stderr).toBe(0);
    expect(stdout).toBe('1 true\n100 true\n1400 true\n9000 true\n');
  });

  it('carries IPv6', async () => {
    const result = await runInpod({ as, args: ['run', '--', 'curl', '-sS', '-6', `http://web/peer`] });
    expectRun(result).toMatchObject({ code: 0, stdout: expect.stringMatching(/^fd00:10:244::[0-9a-f]+ IPv6\n$/) as string });
  });

  it("leaves the laptop's own network to the laptop", async () => {
    const server = createServer((_request, response) => void response.end('from the laptop\n'));
    await new Promise<void>((resolve) => void server.listen(0, '198.18.0.1', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      expectRun(await runInpod({ as, args: ['run', '--', 'curl', '-sS', `http://198.18.0.1:${port}`] })).toMatchObject({
        code: 0,
        stdout: 'from the laptop\n',
      });
    } finally {
      server.close();
    }
  });
});
