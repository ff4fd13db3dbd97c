import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findSshuttle, searchPathOf, type FoundSshuttle } from '../../../src/adapters/sshuttle/find-sshuttle.ts';

const help = 'usage: --method --dns --to-ns --exclude --remote --ssh-cmd --disable-ipv6';
const never = new AbortController().signal;

describe('finding sshuttle', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'inpod-find-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const install = (programs: Readonly<Record<string, string>>): void => {
    for (const [name, script] of Object.entries(programs)) {
      writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(folder, name), 0o755);
    }
  };
  const usual = { sshuttle: `echo '${help}'`, ssh: '' };
  const find = (isRoot: boolean, hasTerminal = false): Promise<FoundSshuttle> =>
    findSshuttle({ searchPath: folder, isRoot, hasTerminal: async () => hasTerminal }, never);

  it.each([
    [{ ...usual, nft: '' }, 'nft'],
    [usual, 'nat'],
  ] as const)('takes nft where there is one', async (programs, method) => {
    install(programs);
    expect(await find(true)).toEqual({ path: join(folder, 'sshuttle'), hasBuffer: false, method, rights: 'as root', bySudo: false });
  });

  it.each([
    ['is not installed', { ssh: '' }, /^sshuttle is not installed$/, /apt install sshuttle/],
    ['lacks ssh', { sshuttle: '' }, /^ssh is not installed, which sshuttle takes$/, /apt install openssh-client/],
    ['is too old', { ...usual, sshuttle: "echo '--method --dns'" }, /is too old: it has no --to-ns, --exclude/, /apt install/],
    ['doesn’t run', { ...usual, sshuttle: 'exit 1' }, /doesn't work: /, /apt install/],
  ])('says what to install where it %s', async (_what, programs, message, hint) => {
    install(programs);
    const error: unknown = await find(true).catch((one: unknown) => one);
    expect(error).toMatchObject({ code: 'BINARY_MISSING', message: expect.stringMatching(message), hint: expect.stringMatching(hint) });
    expect(error).toMatchObject({ hint: expect.stringContaining('--backend tun') });
  });

  it.each([
    ['lets everybody', 'exit 0', false, 'by sudo'],
    ['wants a password', 'exit 1', true, 'by sudo, which will ask at the terminal'],
  ])('takes a sudo that %s', async (_what, sudo, hasTerminal, rights) => {
    install({ ...usual, sudo });
    expect(await find(false, hasTerminal)).toMatchObject({ rights, bySudo: true });
  });

  it.each([
    ['there is no sudo', {}, true],
    ['sudo wants a password, and there is no terminal', { sudo: 'exit 1' }, false],
  ])('names the backend that needs no root where %s', async (why, programs, hasTerminal) => {
    install({ ...usual, ...programs });
    await expect(find(false, hasTerminal)).rejects.toMatchObject({
      code: 'NOT_PERMITTED',
      message: `sshuttle changes this machine's rules, for which it must be root: ${why}`,
      hint: expect.stringContaining('--backend tun'),
    });
  });

  it.each([
    [undefined, '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin'],
    ['/opt/bin', '/opt/bin:/usr/local/sbin:/usr/sbin:/sbin'],
  ])('looks where the system has its own programs too', (PATH, expected) => expect(searchPathOf({ PATH })).toBe(expected));
});
