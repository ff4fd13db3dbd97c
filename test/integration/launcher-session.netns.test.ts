import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  becomesTrue,
  buildLauncher,
  DriverRun,
  environmentOf,
  hasFfi,
  hostState,
  isAlive,
  makeDirectory,
  makePeople,
  makePlan,
  processesMarked,
  type Built,
  type Person,
} from '../adapters/tun/launcher-bed.ts';
import type { DriverPlan } from '../adapters/tun/launcher-driver.ts';

const nobody = { people: [], openTun: () => undefined, restore: () => undefined };
const { people, openTun, restore } = process.platform === 'linux' && hasFfi() ? makePeople() : nobody;
let built: Built;
let before: Record<string, string>;

beforeAll(async () => {
  built = await buildLauncher();
  before = hostState();
});

beforeEach(() => {
  openTun();
});

afterAll(() => {
  restore();
});

if (people.length === 0) it.skip('needs Linux and ffi-napi', () => undefined);

describe.each(people)('a session of $name', (person: Person) => {
  const start = (argv: readonly string[], changes: Partial<DriverPlan> = {}): DriverRun =>
    new DriverRun(built, person, makePlan(built, argv, changes));
  const shell = async (script: string, changes: Partial<DriverPlan> = {}): Promise<string> => {
    const run = start(['sh', '-c', script], changes);
    await run.ended;
    expect(run.stderr).toBe('');
    return run.stdout;
  };

  it("has the pod's hostname, addresses, routes and names", async () => {
    const run = start(['sh', '-c', 'hostname; ip -o addr show pod0; ip route; ip -6 route show default; ip link show lo']);
    expect(await run.ended).toBe(0);
    expect(run.stdout).toMatch(/^pod-abc\n/);
    expect(run.stdout).toMatch(/inet 10\.42\.0\.9\/32/);
    expect(run.stdout).toMatch(/inet6 fd00:42::9\/128/);
    expect(run.stdout).toMatch(/^default via 10\.42\.0\.1 dev pod0/m);
    expect(run.stdout).toMatch(/^default dev pod0/m);
    expect(run.stdout).toMatch(/lo: <LOOPBACK,UP/);
    expect(await run.report('ready')).toMatchObject({ offloads: 7, noIpv6: false, userNamespace: person.uid !== 0 });
  });

  it("has resolv.conf, hosts and nsswitch.conf of its own, and the rest of the host's /etc", async () => {
    const output = await shell(
      'cat /etc/resolv.conf; echo --; cat /etc/hosts; echo --; grep ^hosts: /etc/nsswitch.conf; grep -c ^passwd: /etc/nsswitch.conf; cmp /etc/passwd /etc/.inpod/passwd && echo same',
    );
    const plan = makePlan(built, []);
    expect(output).toBe(`${plan.resolvConf}--\n${plan.hosts}--\nhosts: files dns\n1\nsame\n`);
  });

  it('sees what the host makes and removes in /etc later', async ({ skip }) => {
    if (person.uid !== 0 && process.getuid?.() !== 0) skip();
    const path = `/etc/inpod-test-${process.pid}`;
    const run = start(['sh', '-c', `echo up; read x; cat ${path}; echo said; read x; test -e ${path} || echo gone`]);
    try {
      await run.until(({ stdout }) => stdout.includes('up') || undefined);
      writeFileSync(path, 'new\n');
      await shell('true'); // the mirror has had time for more than an inotify event
      run.process.stdin?.write('\n');
      await run.until(({ stdout }) => stdout.includes('said') || undefined);
      execFileSync('rm', [path]);
      await shell('true');
      run.process.stdin?.end('\n');
      await run.ended;
      expect(run.stdout).toBe('up\nnew\nsaid\ngone\n');
    } finally {
      execFileSync('rm', ['-f', path]);
    }
  });

  it('refuses to change /etc rather than lose the change', async () => {
    const run = start(['touch', '/etc/inpod-lost']);
    expect(await run.ended).toBe(1);
    expect(run.stderr).toMatch(/Read-only file system/);
  });

  it('binds ports below 1024 and pings', async () => {
    const script =
      'import socket; socket.socket().bind(("0.0.0.0", 80)); socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP); print("both")';
    expect(await shell(`python3 -c '${script}'`)).toBe('both\n');
  });

  it("has ids, groups and no capabilities but the user's own", async () => {
    const output = await shell('id -u; id -g; grep CapEff /proc/self/status');
    expect(output).toMatch(new RegExp(`^${person.uid}\n${person.gid}\n`));
    if (person.uid !== 0) expect(output).toMatch(/CapEff:\s0+\n/);
  });

  it("lets ssh read the system's configuration", async () => {
    expect(await shell('ssh -T -G somewhere >/dev/null && echo read')).toBe('read\n');
  });

  it('sees only its own processes', async () => {
    expect(Number(await shell('ls -d /proc/[0-9]* | wc -l'))).toBeLessThanOrEqual(4);
  });

  it.each([0, 3, 127, 255])('exits with %d', async (code) => {
    const run = start(['sh', '-c', `exit ${code}`]);
    expect(await run.ended).toBe(code);
    expect(await run.report('exited')).toEqual({ event: 'exited', code });
  });

  it('says by which signal the command died', async () => {
    const run = start(['sh', '-c', 'kill -SEGV $$']);
    await run.ended;
    expect(await run.report('exited')).toEqual({ event: 'exited', signal: 11 });
  });

  it.each([
    ["a command that isn't there", ['inpod-no-such-command'], 'COMMAND_NOT_FOUND', /command not found/],
    ["a path that isn't there", ['/nowhere/program'], 'COMMAND_NOT_FOUND', /\/nowhere\/program/],
    ["a file that isn't executable", ['/etc/passwd'], 'COMMAND_NOT_EXECUTABLE', /EACCES/],
    ['a directory', ['/tmp'], 'COMMAND_NOT_EXECUTABLE', /EACCES/],
    ['an empty name', [''], 'COMMAND_NOT_FOUND', /command not found/],
  ])('reports %s', async (_, argv, code, message) => {
    const run = start(argv);
    expect(await run.ended).toBe(125);
    expect(run.reports.find((report) => report.event === 'spawned')).toMatchObject({ pid: 0 });
    expect(await run.report('failed')).toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(run.stdout + run.stderr).toBe('');
  });

  it('reports a script without a first line, and a working directory that is gone', async () => {
    const directory = makeDirectory();
    try {
      writeFileSync(join(directory.path, 'script'), 'echo no\n');
      chmodSync(join(directory.path, 'script'), 0o755);
      const script = start(['./script'], { cwd: directory.path });
      await script.ended;
      expect(await script.report('failed')).toMatchObject({
        code: 'COMMAND_NOT_EXECUTABLE',
        message: expect.stringContaining('ENOEXEC') as string,
      });
      const gone = start(['true'], { cwd: join(directory.path, 'gone') });
      await gone.ended;
      expect(await gone.report('failed')).toMatchObject({
        code: 'COMMAND_NOT_EXECUTABLE',
        message: expect.stringMatching(/gone: ENOENT/) as string,
      });
    } finally {
      directory.remove();
    }
  });

  it('finds the command in the PATH of its own environment, relative to its own directory', async () => {
    const directory = makeDirectory();
    try {
      writeFileSync(join(directory.path, 'greet'), '#!/bin/sh\necho "hello from $(pwd)"\n');
      chmodSync(join(directory.path, 'greet'), 0o755);
      const run = start(['greet'], { cwd: directory.path, environment: environmentOf({ PATH: `/nowhere::/usr/bin:/bin` }) });
      expect(await run.ended).toBe(0);
      expect(run.stdout).toBe(`hello from ${directory.path}\n`);
    } finally {
      directory.remove();
    }
  });

  it('passes variables byte for byte, a megabyte of them too, and nothing of ours', async () => {
    const environment = environmentOf({
      BYTES: Buffer.from([0xff, 0xfe, 10, 61, 32]),
      EMPTY: '',
      ...Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`BIG${i}`, 'x'.repeat(60_000)])),
    });
    const run = start(['/usr/bin/env', '-0'], { environment });
    const bytes: Buffer[] = [];
    run.process.stdout?.on('data', (part: Buffer) => bytes.push(part));
    expect(await run.ended).toBe(0);
    const wanted = environment.map(([name, value]) =>
      Buffer.concat([Buffer.from(`${name}=`), Buffer.from(value, 'base64'), Buffer.alloc(1)]),
    );
    expect(Buffer.concat(bytes).equals(Buffer.concat(wanted))).toBe(true);
  });

  it('keeps umask, directory, arguments and the named descriptors, and no others', async () => {
    const script =
      'umask; pwd; printf "%s|" "$@"; echo; ls /proc/self/fd | tr "\\n" " "; cat <&5; echo out >&7; read line; echo "stdin $line"';
    const run = start(['sh', '-c', script, 'sh', 'a b', '', 'ü'], { umask: 0o037, cwd: '/usr/share', inherited: [0, 1, 2, 5, 7] });
    let seven = '';
    run.stream(7).on('data', (bytes: Buffer) => (seven += bytes.toString()));
    run.stream(5).end('five\n');
    run.process.stdin?.end('line\n');
    expect(await run.ended).toBe(0);
    expect(run.stdout).toBe('0037\n/usr/share\na b||ü|\n0 1 2 3 5 7 five\nstdin line\n'); // 3 is ls's own
    expect(seven).toBe('out\n');
  });

  it('starts the command with default dispositions and nothing blocked', async () => {
    const output = await shell('grep -E "Sig(Blk|Ign)" /proc/self/status');
    expect(output).toMatch(/SigBlk:\s0{16}\nSigIgn:\s0{16}\n/);
  });

  it('passes signals on that only we got', async () => {
    const run = start(['sh', '-c', 'trap "echo got TERM; exit 9" TERM; echo up; while :; do sleep 0.05; done']);
    await run.until(({ stdout }) => stdout.includes('up') || undefined);
    run.process.kill('SIGTERM');
    expect(await run.ended).toBe(9);
    expect(run.stdout).toBe('up\ngot TERM\n');
  });

  it("doesn't pass on a signal that the whole group got", async () => {
    const run = start([
      'python3',
      '-uc',
      'import signal, time\ncount = [0]\ndef got(*_): count[0] += 1\nsignal.signal(signal.SIGTERM, got)\nprint("up")\nend = time.time() + 10\nwhile count[0] == 0 and time.time() < end: time.sleep(0.05)\ntime.sleep(0.6)\nprint(count[0])',
    ]);
    await run.until(({ stdout }) => stdout.includes('up') || undefined);
    process.kill(-(run.process.pid ?? 0), 'SIGTERM');
    expect(await run.ended).toBe(0);
    expect(run.stdout).toBe('up\n1\n');
  });

  it('lets a reader of the output see its end while the command goes on', async () => {
    const run = start(['sh', '-c', 'echo hi >&7; exec 7>&-; read x; echo done'], { inherited: [0, 1, 2, 7] });
    const ended = new Promise((resolve) =>
      run
        .stream(7)
        .on('data', () => undefined)
        .once('end', resolve),
    );
    await run.report('spawned');
    run.process.stdin?.end('\n');
    await ended;
    expect(await run.ended).toBe(0);
  });

  it('gives frames to Node: a ping arrives', async () => {
    const run = start(['ping', '-c', '1', '-W', '1', '10.96.0.1']);
    const frame = await run.until(({ reports }) => reports.find((report) => report.event === 'frame' && report.hex.slice(20, 22) === '45'));
    await run.ended;
    const bytes = Buffer.from(frame.event === 'frame' ? frame.hex : '', 'hex').subarray(10);
    expect([bytes[9], [...bytes.subarray(12, 16)].join('.'), [...bytes.subarray(16, 20)].join('.')]).toEqual([1, '10.42.0.9', '10.96.0.1']);
  });

  it('makes sockets of the namespace for Node', async () => {
    const run = start(['sh', '-c', 'read x'], { sockets: { connect: 9, listen: 80 } });
    expect(await run.until(({ reports }) => reports.find((report) => report.event === 'socket' && report.what === 'listen'))).toMatchObject(
      { outcome: 'ok' },
    );
    expect(await run.report('socket')).toMatchObject({ what: 'connect', outcome: 'ECONNREFUSED' });
    run.process.stdin?.end('\n');
    await run.ended;
  });

  it('ends what the command left running', async () => {
    const marker = `${7_000_000 + process.pid}.${person.uid}`;
    const run = start(['sh', '-c', `setsid sleep ${marker} </dev/null >/dev/null 2>&1 & sleep 0.1; echo started`]);
    expect(await run.ended).toBe(0);
    expect(processesMarked(marker)).toEqual([]);
  });

  it('asks what the command left running to end, and lets it', async () => {
    const leave = `(trap 'echo asked; exit' TERM; echo up; while :; do sleep 0.05; done) & read x`;
    const run = start(['sh', '-c', leave]);
    await run.until(({ stdout }) => stdout.includes('up') || undefined);
    run.process.stdin?.end('\n');
    expect(await run.ended).toBe(0);
    expect(run.stdout).toBe('up\nasked\n');
  });

  it('ends what the command left running that does not listen', async () => {
    const marker = `${7_500_000 + process.pid}.${person.uid}`;
    const run = start(['sh', '-c', `(trap '' TERM; echo up; sleep ${marker}) & read x`]);
    await run.until(({ stdout }) => stdout.includes('up') || undefined);
    run.process.stdin?.end('\n');
    expect(await run.ended).toBe(0);
    expect(processesMarked(marker)).toEqual([]);
  });

  it("lowers the command's soft limit of open files as it is told, and leaves the hard one", async () => {
    const run = start(['sh', '-c', 'ulimit -Sn; test "$(ulimit -Hn)" -gt 300 && echo higher'], { openFilesLimit: 300 });
    expect(await run.ended).toBe(0);
    expect(run.stdout).toBe('300\nhigher\n');
  });

  it.each(['Node', 'launcher', 'process 1', 'child'] as const)('leaves nothing within a second after SIGKILL of %s', async (victim) => {
    const marker = `${8_000_000 + process.pid}.${person.uid}`;
    const run = start(['sh', '-c', `(trap '' TERM HUP INT; setsid sleep ${marker} & sleep ${marker} & wait) & echo up; read x`]);
    await run.until(({ stdout }) => stdout.includes('up') || undefined);
    await becomesTrue(() => processesMarked(marker).length >= 4, 2000);
    const { launcherPid } = await run.report('ready');
    const { pid } = await run.report('spawned');
    const init = Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]);
    const victims = { Node: run.process.pid ?? 0, launcher: launcherPid, 'process 1': init, child: pid };
    process.kill(victims[victim], 'SIGKILL');
    const gone = (): boolean => processesMarked(marker).length === 0 && !Object.values(victims).some(isAlive);
    expect(await becomesTrue(gone, 1000)).toBe(true);
    if (victim === 'launcher') expect(await run.report('failed')).toMatchObject({ code: 'TUNNEL_LOST' });
    else if (victim !== 'Node') expect(await run.report('exited')).toMatchObject({ signal: 9 });
  });

  it('changes nothing of the host', async () => {
    expect(await becomesTrue(() => JSON.stringify(hostState()) === JSON.stringify(before), 500), JSON.stringify(hostState())).toBe(true);
  });
});
