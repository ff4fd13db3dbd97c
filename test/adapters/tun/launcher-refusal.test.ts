import { describe, expect, it } from 'vitest';
import { readProbe } from '../../../src/adapters/tun/launcher-probe.ts';
import { explainRefusal } from '../../../src/adapters/tun/launcher-refusal.ts';

const apparmor = 'kernel.apparmor_restrict_unprivileged_userns=1';

/** Hosts that forbid: what the step said, and what the user must read. */
const hosts: readonly (readonly [host: string, step: string, errno: string, setting: string | undefined, reason: RegExp, fix: RegExp])[] = [
  [
    'user.max_user_namespaces=0',
    'unshare(CLONE_NEWUSER)',
    'ENOSPC',
    'user.max_user_namespaces=0',
    /limited: user\.max_user_namespaces=0/,
    /sysctl -w user\.max_user_namespaces=10000/,
  ],
  ['user.max_net_namespaces=0', 'unshare(CLONE_NEWNET)', 'ENOSPC', 'user.max_net_namespaces=0', /limited/, /user\.max_net_namespaces/],
  ['a limit without a name', 'unshare(CLONE_NEWUTS)', 'EUSERS', undefined, /limited/, /user\.max_user_namespaces and its like/],
  [
    'Debian of old',
    'unshare(CLONE_NEWUSER)',
    'EPERM',
    'kernel.unprivileged_userns_clone=0',
    /root only/,
    /sysctl -w kernel\.unprivileged_userns_clone=1/,
  ],
  ['seccomp as in Docker', 'unshare(CLONE_NEWUSER)', 'EPERM', 'seccomp', /seccomp filter/, /seccomp=unconfined/],
  ['a chroot', 'unshare(CLONE_NEWUSER)', 'EPERM', undefined, /chroot/, /outside the chroot/],
  [
    'Ubuntu 24.04',
    'write /proc/self/setgroups',
    'EACCES',
    apparmor,
    /AppArmor/,
    /sysctl -w kernel\.apparmor_restrict_unprivileged_userns=0/,
  ],
  ['Ubuntu 24.04, later step', 'unshare(CLONE_NEWNET)', 'EPERM', apparmor, /AppArmor/, /apparmor_restrict_unprivileged_userns=0/],
  [
    'a TUN for root only',
    'open /dev/net/tun',
    'EACCES',
    '/dev/net/tun mode=0600',
    /root only/,
    /sudo chmod 0666 \/dev\/net\/tun .*udev\/rules\.d/,
  ],
  ['a TUN on a nodev mount', 'open /dev/net/tun', 'EACCES', '/dev/net/tun is on a nodev mount', /without devices/, /without nodev/],
  ['no TUN', 'open /dev/net/tun', 'ENOENT', '/dev/net/tun is missing', /missing/, /mknod .* c 10 200/],
  ['no driver', 'open /dev/net/tun', 'ENODEV', 'kernel module tun', /driver/, /modprobe tun/],
  [
    'a launcher of another version',
    'configuration: the launcher is of another version',
    'EPROTO',
    undefined,
    /different versions/,
    /npm run build/,
  ],
  ['a device cgroup', 'open /dev/net/tun', 'EPERM', 'device cgroup', /device rules/, /--device \/dev\/net\/tun/],
];

describe('explainRefusal', () => {
  it.each(hosts)('explains %s', (_, step, errno, setting, reason, fix) => {
    const explained = explainRefusal({ step, errno, setting });
    expect(explained.reason).toMatch(reason);
    expect(explained.hint).toMatch(fix);
    expect(explained.hint).toMatch(/run inpod as root/);
    expect(explained.concernsTun).toBe(step.includes('/dev/net/tun'));
  });

  it("names the alternative for what it doesn't know", () => {
    expect(explainRefusal({ step: 'sethostname', errno: 'EPERM', setting: undefined }).hint).toMatch(
      /EPERM for "sethostname".*run inpod as root/,
    );
  });
});

describe('readProbe', () => {
  it('reads what the launcher prints', () => {
    expect(readProbe('{"usable":true,"notes":["a"]}\n')).toEqual({ usable: true, notes: ['a'] });
    expect(readProbe('{"usable":false,"step":"open /dev/net/tun","errno":"ENOENT","setting":null}')).toMatchObject({
      usable: false,
      step: 'open /dev/net/tun',
      errno: 'ENOENT',
      reason: '/dev/net/tun is missing',
    });
  });

  it.each(['', 'nonsense', 'null', '7', '{'])('takes %j for a launcher that is broken', (line) => {
    expect(readProbe(line)).toMatchObject({ usable: false });
  });
});
