import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { ClusterAdmin } from './support/cluster-admin.ts';
import { describeForLaptopUsers } from './support/laptop-users.ts';
import { startOfficeResolver, type OfficeResolver } from './support/office-resolver.ts';
import { runInpod } from './support/run-inpod.ts';

/** Asked inside the cluster by Node's resolver, printed as `dig +short` has it. */
const inCluster: Readonly<Record<string, string>> = {
  A: 'd.resolve4(name)',
  AAAA: 'd.resolve6(name)',
  CNAME: 'd.resolveCname(name).then((all) => all.map((one) => `${one}.`))',
  SRV: 'd.resolveSrv(name).then((all) => all.map((one) => `${one.priority} ${one.weight} ${one.port} ${one.name}.`))',
  PTR: 'd.resolvePtr(name).then((all) => all.map((one) => `${one}.`))',
  TXT: `d.resolveTxt(name).then((all) => all.map((one) => one.map((text) => JSON.stringify(text)).join(' ')))`,
  MX: 'd.resolveMx(name).then((all) => all.map((one) => `${one.priority} ${one.exchange}.`))',
  NS: 'd.resolveNs(name).then((all) => all.map((one) => `${one}.`))',
  SOA: 'd.resolveSoa(name).then((one) => [`${one.nsname}. ${one.hostmaster}. ${one.serial} ${one.refresh} ${one.retry} ${one.expire} ${one.minttl}`])',
};

const questions: readonly (readonly [string, string])[] = [
  ['A', 'web.default.svc.cluster.local'],
  ['AAAA', 'web.default.svc.cluster.local'],
  ['CNAME', 'www.cloud.example'],
  ['SRV', '_http._tcp.web.default.svc.cluster.local'],
  ['PTR', 'web'],
  ['TXT', 'cloud.example'],
  ['MX', 'cloud.example'],
  ['NS', 'cloud.example'],
  ['SOA', 'cloud.example'],
];

async function askedInCluster(type: string, name: string): Promise<readonly string[]> {
  const program = `const d = require('node:dns').promises; const name = ${JSON.stringify(name)}; (${inCluster[type]}).then((all) => console.log(JSON.stringify(all)))`;
  return JSON.parse(await new ClusterAdmin(inject('bed').kubeconfigs.admin).runNode('default', 'web', program)) as string[];
}

describeForLaptopUsers('names', (as) => {
  it.each(['+notcp', '+tcp'])('of every record type are answered as in the cluster (dig %s)', async (transport) => {
    const asked = questions.map(([type, name]) => [type, name === 'web' ? reverse(inject('bed').web.ipv4) : name] as const);
    // One session for all: each question's answer lines come after a line of its own.
    const script = asked.map(([type, name]) => `echo "? ${type}"; dig ${transport} +short ${type} ${name}`).join('\n');
    const { code, stdout, stderr } = await runInpod({ as, args: ['run', '--', 'sh', '-c', script] });
    expect(code, stderr).toBe(0);
    const answers = Object.fromEntries(
      stdout
        .split('? ')
        .slice(1)
        .map((part) => part.trimEnd().split('\n'))
        .map(([type = '', ...lines]) => [type, lines.sort()]),
    );
    const expected = await Promise.all(asked.map(async ([type, name]) => [type, [...(await askedInCluster(type, name))].sort()] as const));
    expect(answers).toEqual(Object.fromEntries(expected));
    for (const [type] of questions) expect(answers[type], type).not.toEqual([]);
  });

  it('that do not exist are NXDOMAIN, and no AAAA is made up for a name that has an A alone', async () => {
    const script = 'dig nope.default.svc.cluster.local | grep status; dig AAAA db.cloud.example | grep -E "status|ANSWER:"';
    const { stdout } = await runInpod({ as, args: ['run', '--', 'sh', '-c', script] });
    expect(stdout).toMatch(/NXDOMAIN[\s\S]*NOERROR[\s\S]*ANSWER: 0/);
  });

  // Another resolv.conf for one process takes a mount namespace; only root has that without a user namespace around it.
  describe.runIf(as === 'root')('of an office, whose resolver is the laptop’s', () => {
    /** @param work - of a resolver that knows one name, of a host that says `intranet` there, and of what runs inpod with that resolver */
    async function inOffice(
      name: string,
      work: (office: OfficeResolver, port: number, prefix: readonly string[]) => Promise<void>,
    ): Promise<void> {
      const file = join(inject('bed').folder, 'office-resolv.conf');
      writeFileSync(file, 'nameserver 127.0.0.99\nsearch office.example\n');
      const office = await startOfficeResolver('127.0.0.99', name, '198.18.0.1');
      const host = createServer((_request, response) => void response.end('intranet\n'));
      await new Promise<void>((resolve) => void host.listen(0, '198.18.0.1', resolve));
      try {
        const { port } = host.address() as AddressInfo;
        await work(office, port, ['unshare', '--mount', 'sh', '-c', `mount --bind ${file} /etc/resolv.conf && exec "$@"`, 'sh']);
      } finally {
        office.close();
        host.close();
      }
    }

    it("that the cluster doesn't know are the laptop's resolver's", () =>
      inOffice('intranet.office.example', async (office, port, prefix) => {
        const script = `curl -sS http://intranet.office.example:${port}; curl -sS http://intranet:${port}; getent hosts no-such.office.example; dig +short web.default.svc.cluster.local`;
        const { stdout, stderr } = await runInpod({ as, prefix, args: ['run', '-v', '--', 'sh', '-c', script] });
        expect(stdout, stderr).toMatch(/^intranet\nintranet\n10\.96\.[\d.]+\n$/);
        expect(stderr).toMatch(/name intranet\.office\.example A: by this machine's resolver/);
        expect(stderr).toMatch(/name web\.default\.svc\.cluster\.local A: by the cluster's resolver/);
        expect(office.asked).toContain('no-such.office.example');
        expect(office.asked).not.toContain('web.default.svc.cluster.local');
      }));

    it("that must never go through the cluster are the laptop's, whatever the cluster knows of them", () =>
      inOffice('db.cloud.example', async (_office, port, prefix) => {
        const args = ['run', '-v', '--never-proxy', 'db.cloud.example', '--', 'curl', '-sS', `http://db.cloud.example:${port}`];
        const { stdout, stderr } = await runInpod({ as, prefix, args });
        expect(stdout, stderr).toBe('intranet\n');
        expect(stderr).toMatch(/name db\.cloud\.example A: by this machine's resolver/);
      }));
  });

  it("have the pod's search path and hosts, and the process the pod's hostname", async () => {
    const script = 'cat /etc/resolv.conf; hostname; getent ahostsv4 "$(hostname)" | head -n 1; getent ahostsv4 web | head -n 1';
    const { stdout } = await runInpod({ as, args: ['run', '--name', 'tester', '--', 'sh', '-c', script] });
    expect(stdout).toMatch(/^search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local$/m);
    expect(stdout).toMatch(/^options ndots:5$/m);
    expect(stdout).toMatch(/^tester$/m);
    expect(stdout).toMatch(/^10\.244\.\d+\.\d+\s+STREAM tester$/m);
    expect(stdout).toContain(inject('bed').web.ipv4);
  });
});

function reverse(ipv4: string): string {
  return `${ipv4.split('.').reverse().join('.')}.in-addr.arpa`;
}
