import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { probeLauncher, readProbe } from '../../src/adapters/tun/launcher-probe.ts';
import {
  buildLauncher,
  hasFfi,
  hostState,
  makeDirectory,
  makePeople,
  makePlan,
  writePlan,
  type Built,
  type Person,
} from '../adapters/tun/launcher-bed.ts';

const isRoot = process.platform === 'linux' && hasFfi() && process.getuid?.() === 0;
const { people, openTun, restore } = isRoot ? makePeople() : { people: [], openTun: () => undefined, restore: () => undefined };
const ordinary = people[1];
let built: Built;

beforeAll(async () => {
  built = await buildLauncher();
});

beforeEach(() => {
  openTun();
});

afterAll(() => {
  restore();
});

const asUser = (person: Person): string => `setpriv --reuid ${person.uid} --regid ${person.gid} --clear-groups --`;

it('says so where the launcher is not built', async () => {
  const outcome = await probeLauncher('/nowhere/inpod-launcher', new AbortController().signal);
  expect(outcome).toMatchObject({
    usable: false,
    step: 'run inpod-launcher',
    errno: 'ENOENT',
    hint: expect.stringContaining('npm run build') as string,
  });
});

it('rejects where it is cancelled', async () => {
  await expect(probeLauncher('/bin/true', AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
});

// Each host that forbids is made of namespaces by root; without root only the machine's own state can be probed.
describe.skipIf(!ordinary)("the launcher's probe", () => {
  const user = ordinary ?? { name: '', uid: 0, gid: 0 };
  const probeIn = (preparation: string, wrap = asUser(user)): ReturnType<typeof readProbe> => {
    const script = `set -e; ${preparation}\nexec ${wrap} ${built.launcherPath} --probe`;
    const { stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', script], { encoding: 'utf8' });
    expect(stderr).toBe('');
    return readProbe(stdout);
  };

  it('finds this machine usable, for both, and leaves nothing', () => {
    const before = hostState();
    expect(probeIn('')).toEqual({ usable: true, notes: [] });
    expect(probeIn('', '')).toEqual({ usable: true, notes: ['privileged: no user namespace is needed'] });
    expect(hostState()).toEqual(before);
  });

  it('names a device that only root may open', () => {
    chmodSync('/dev/net/tun', 0o600);
    expect(probeIn('')).toMatchObject({
      usable: false,
      step: 'open /dev/net/tun',
      errno: 'EACCES',
      hint: expect.stringContaining('chmod 0666 /dev/net/tun') as string,
    });
  });

  it('names a device that is missing', () => {
    expect(probeIn('mount -t tmpfs none /dev/net')).toMatchObject({
      usable: false,
      step: 'open /dev/net/tun',
      errno: 'ENOENT',
      hint: expect.stringContaining('mknod') as string,
    });
  });

  it('names a device on a mount without devices', () => {
    const outcome = probeIn('mount -t tmpfs -o nodev none /dev/net; mknod -m 0666 /dev/net/tun c 10 200');
    expect(outcome).toMatchObject({ usable: false, errno: 'EACCES', reason: expect.stringContaining('without devices') as string });
  });

  it('names a device without a driver', () => {
    expect(probeIn('mount -t tmpfs none /dev/net; mknod -m 0666 /dev/net/tun c 10 239')).toMatchObject({
      usable: false,
      errno: 'ENODEV',
      hint: expect.stringContaining('modprobe tun') as string,
    });
  });

  it.each(['user', 'net', 'uts', 'pid', 'mnt'])('names a limit on %s namespaces', (kind) => {
    // In a user namespace of its own: the machine's own limits stay. Capabilities there would make another user namespace needless.
    const wrap = kind === 'user' ? 'setpriv --bounding-set=-all' : '';
    const inner = `echo 0 >/proc/sys/user/max_${kind}_namespaces; exec ${wrap} ${built.launcherPath} --probe`;
    const { stdout } = spawnSync('unshare', ['--user', '--map-root-user', 'sh', '-c', inner], { encoding: 'utf8' });
    const setting = `user.max_${kind}_namespaces`;
    expect(readProbe(stdout)).toMatchObject({
      usable: false,
      step: expect.stringContaining('unshare') as string,
      errno: 'ENOSPC',
      hint: expect.stringContaining(setting) as string,
    });
  });

  it('names a chroot', () => {
    const directory = makeDirectory();
    try {
      const outcome = probeIn(`mount --rbind / ${directory.path}`, `chroot ${directory.path} ${asUser(user)}`);
      expect(outcome).toMatchObject({
        usable: false,
        step: 'unshare(CLONE_NEWUSER)',
        errno: 'EPERM',
        reason: expect.stringContaining('chroot') as string,
      });
    } finally {
      directory.remove();
    }
  });

  it('goes on with sysctls that are read-only, and with a masked /proc, and says so', () => {
    const sysctls: unknown = expect.stringMatching(/^sysctls/);
    const masked: unknown = expect.stringMatching(/^\/proc can't be mounted/); // a read-only part of it counts as masked
    expect(probeIn('mount --bind /proc/sys /proc/sys; mount -o remount,ro,bind /proc/sys')).toEqual({
      usable: true,
      notes: [sysctls, masked],
    });
    expect(probeIn('mount -t tmpfs none /proc/fs')).toEqual({ usable: true, notes: [masked] });
  });

  it.each([
    ['TUNSETOFFLOAD', '0x400454d0'],
    ['TUNSETVNETHDRSZ', '0x400454d8'],
  ])('goes on without virtio headers where the kernel refuses %s, and says so', (_, request) => {
    const directory = makeDirectory();
    try {
      const script = `${directory.path}/refuse-ioctl.py`;
      copyFileSync(new URL('support/refuse-ioctl.py', import.meta.url), script);
      expect(probeIn('', `${asUser(user)} /usr/bin/python3 ${script} ${request}`)).toEqual({
        usable: true,
        notes: ['the TUN takes no virtio headers: transfers are slower'],
      });
    } finally {
      directory.remove();
    }
  });

  it('gives low ports and ping to a child where sysctls are read-only', () => {
    const directory = makeDirectory();
    const script =
      'import socket; socket.socket().bind(("0.0.0.0", 80)); socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP); print("both")';
    const plan = writePlan(directory.path, makePlan(built, ['python3', '-c', script]));
    try {
      const inner = `mount --bind /proc/sys /proc/sys; mount -o remount,ro,bind /proc/sys; mount -t tmpfs none /proc/fs; ${asUser(user)} ${process.execPath} ${built.driverPath} ${plan} 3>&1`;
      const output = execFileSync('unshare', ['--mount', 'sh', '-c', inner], { encoding: 'utf8', cwd: '/tmp' });
      expect(output).toContain('both\n');
      expect(output).toContain('"procError":1');
      expect(output).toContain('"event":"exited","code":0');
    } finally {
      directory.remove();
    }
  });

  it('hides the daemons that answer names, where they are', () => {
    const directory = makeDirectory();
    const plan = writePlan(
      directory.path,
      makePlan(built, ['sh', '-c', 'ls /run/nscd /run/systemd/resolve /run/avahi-daemon; ls /run/other']),
    );
    try {
      const make =
        'mount -t tmpfs -o mode=755 none /run; for d in nscd systemd/resolve other; do mkdir -p /run/$d; touch /run/$d/socket; done';
      const inner = `${make}; ${asUser(user)} ${process.execPath} ${built.driverPath} ${plan} 3>/dev/null`;
      const { stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', inner], { encoding: 'utf8', cwd: '/tmp' });
      expect(stdout).toBe('/run/nscd:\n\n/run/systemd/resolve:\nsocket\n');
      expect(stderr).toMatch(/avahi-daemon.*No such file/);
    } finally {
      directory.remove();
    }
  });

  it('gives ssh copies of what its configuration includes, from elsewhere too', () => {
    const directory = makeDirectory();
    const at = (name: string): string => `${directory.path}/${name}`;
    mkdirSync(at('ssh/ssh_config.d'), { recursive: true });
    writeFileSync(at('policy.config'), 'Ciphers aes256-gcm@openssh.com\n');
    writeFileSync(at('ssh/ssh_config'), 'Include /etc/ssh/ssh_config.d/*.conf\nHost *\n  Port 2201\n');
    writeFileSync(at('ssh/ssh_config.d/50-redhat.conf'), `Match final all\n\tInclude ${at('policy.config')}\nHost *\n\tUser somebody\n`);
    const plan = writePlan(directory.path, makePlan(built, ['ssh', '-T', '-G', 'somewhere']));
    try {
      const inner = `mount --bind ${at('ssh')} /etc/ssh; ${asUser(user)} ${process.execPath} ${built.driverPath} ${plan} 3>/dev/null`;
      const output = execFileSync('unshare', ['--mount', 'sh', '-c', inner], { encoding: 'utf8', cwd: '/tmp' });
      expect(output).toMatch(/^user somebody$/m);
      expect(output).toMatch(/^port 2201$/m);
      expect(output).toMatch(/^ciphers aes256-gcm@openssh\.com$/m);
    } finally {
      directory.remove();
    }
  });
});
