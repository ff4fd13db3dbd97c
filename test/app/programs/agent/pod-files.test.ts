import { describe, expect, it } from 'vitest';
import { parseEnvironDump, withoutImageVariables } from '../../../../src/app/programs/agent/environ-dump.ts';
import { planResolver } from '../../../../src/app/programs/agent/dns-forwarder.ts';
import { volumeMounts } from '../../../../src/app/programs/agent/mount-table.ts';
import type { ByteEnvironment } from '../../../../src/domain/session/byte-environment.ts';

const latin1 = (environment: ByteEnvironment): string[] =>
  environment.map(({ name, value }) => [name, value].map((part) => Buffer.from(part).toString('latin1')).join('='));

describe('parseEnvironDump', () => {
  it.each([
    ['', []],
    ['A=1\0B=2\0', ['A=1', 'B=2']],
    ['A=1\0B=2', ['A=1', 'B=2']],
    ['EMPTY=\0LINES=a\nb\0EQUALS=a=b=c\0', ['EMPTY=', 'LINES=a\nb', 'EQUALS=a=b=c']],
    ['A=1\0A=2\0', ['A=1']],
    ['nothing\0=nameless\0\0A=1\0', ['A=1']],
    ['BYTES=\xff\xfe\0N\xe4me=x\0', ['BYTES=\xff\xfe', 'N\xe4me=x']],
  ])('of %j', (dump, expected) => {
    expect(latin1(parseEnvironDump(Buffer.from(dump, 'latin1')))).toEqual(expected);
  });

  it('leaves out what has just the value that the image gives', () => {
    const environment = parseEnvironDump(Buffer.from('NODE_VERSION=24.1.0\0YARN_VERSION=2\0A=24.1.0\0'));
    expect(latin1(withoutImageVariables(environment, { NODE_VERSION: '24.1.0', YARN_VERSION: '1' }))).toEqual([
      'YARN_VERSION=2',
      'A=24.1.0',
    ]);
  });
});

describe('volumeMounts', () => {
  it('keeps volumes alone', () => {
    const mountinfo = [
      '1000 900 0:200 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/a',
      '1001 1000 0:201 / /proc rw,nosuid - proc proc rw',
      '1002 1000 0:202 / /dev rw,nosuid - tmpfs tmpfs rw',
      '1003 1002 0:203 / /dev/pts rw - devpts devpts rw',
      '1004 1002 0:150 / /dev/shm rw - tmpfs shm rw',
      '1005 1002 8:1 /term /dev/termination-log rw - ext4 /dev/sda1 rw',
      '1006 1000 0:204 / /sys ro - sysfs sysfs ro',
      '1007 1006 0:27 / /sys/fs/cgroup ro - cgroup2 cgroup rw',
      '1008 1000 8:1 /pods/x/etc-hosts /etc/hosts rw - ext4 /dev/sda1 rw',
      '1009 1000 8:1 /sandboxes/hostname /etc/hostname ro - ext4 /dev/sda1 rw',
      '1010 1000 8:1 /sandboxes/resolv.conf /etc/resolv.conf ro - ext4 /dev/sda1 rw',
      '1011 1000 0:205 / /run/secrets/kubernetes.io/serviceaccount ro - tmpfs tmpfs rw',
      '1012 1000 0:206 / /inpod/agent ro - tmpfs tmpfs rw',
      '1013 1000 0:207 / /inpod/run rw - tmpfs tmpfs rw',
      '1014 1000 8:1 /pods/x/vol /data/with\\040blank rw - ext4 /dev/sda1 rw',
      '1015 1000 8:1 /pods/x/cfg /etc/app/config.yaml ro - ext4 /dev/sda1 rw',
      '1016 1001 0:208 / /proc/acpi ro - tmpfs tmpfs ro',
      '',
    ].join('\n');
    expect(volumeMounts(mountinfo, ['/inpod/agent', '/inpod/run'])).toEqual([
      '/run/secrets/kubernetes.io/serviceaccount',
      '/data/with blank',
      '/etc/app/config.yaml',
    ]);
  });
});

describe('planResolver', () => {
  it.each([
    ['nameserver 10.96.0.10\nsearch a b\noptions ndots:5\n', { servers: ['10.96.0.10'], timeoutMs: 5000, attempts: 2 }],
    ['options timeout:1 attempts:4 timeout:3\nnameserver ::1\n', { servers: ['::1'], timeoutMs: 3000, attempts: 4 }],
    ['options timeout:99 attempts:99\n', { servers: ['127.0.0.1'], timeoutMs: 30_000, attempts: 5 }],
    [
      'options timeout:0 attempts:x\nnameserver 1.1.1.1\nnameserver 1.1.1.2\nnameserver 1.1.1.3\nnameserver 1.1.1.4\n',
      { servers: ['1.1.1.1', '1.1.1.2', '1.1.1.3'], timeoutMs: 1000, attempts: 2 },
    ],
  ])('of %j', (resolvConf, expected) => {
    expect(planResolver(resolvConf)).toEqual(expected);
  });
});
