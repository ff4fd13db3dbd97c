import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProgramFiles } from '../../src/adapters/host/program-files.ts';
import { examineHooking } from '../../src/domain/backend/hookability.ts';
import { isInstalled } from './support/is-installed.ts';
import { nativeFiles } from './support/real-tunnel.ts';

const isRoot = process.getuid?.() === 0;
const folder = mkdtempSync(join(tmpdir(), 'inpod-programs-'));
const at = (name: string): string => join(folder, name);

/** Somebody who isn't root, nor who the files are of. */
const stranger = { uid: 61_235, gid: 61_235 };
const programs = new ProgramFiles(nativeFiles.launcher);

async function verdict(name: string): Promise<string> {
  const place = { searchPath: `/nowhere:${folder}:/usr/bin:/bin`, cwd: folder };
  const files = { user: stranger, find: programs.find.bind(programs) };
  const answer = await examineHooking(files, { name, ...place, library: undefined });
  return answer.hookable ? 'hookable' : answer.reason.replace(folder, '.');
}

function compileC(name: string, ...flags: readonly string[]): void {
  execFileSync('gcc', [...flags, '-x', 'c', '-o', at(name), '-'], { input: 'int main(void) { return 0; }' });
}

function compileGo(name: string, source: string, env: Readonly<Record<string, string>>, ...flags: readonly string[]): void {
  const file = at(`${name}.go`);
  writeFileSync(file, source);
  const environment = { ...process.env, GO111MODULE: 'off', GOFLAGS: '-buildvcs=false', ...env };
  execFileSync('go', ['build', ...flags, '-o', at(name), file], { env: environment });
}

function script(name: string, line: string): void {
  writeFileSync(at(name), `${line}\n`, { mode: 0o755 });
}

describe('programs as compilers and systems make them, for torsocks', () => {
  beforeAll(() => {
    compileC('dynamic');
    compileC('static', '-static');
    compileC('static-pie', '-static-pie');
    compileC('musl', '-Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1');
    script('script', '#!/bin/sh');
    script('by-env', '#!/usr/bin/env -S -u HOME static --flag');
    script('chain', `#!${at('by-env')}`);
    script('without-interpreter', '#!/nowhere/sh');
    script('without-line', 'echo hello');
    symlinkSync(at('static'), at('link'));
    writeFileSync(at('not-executable'), '');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['dynamic', 'hookable'],
    ['./dynamic', 'hookable'],
    ['static', './static is statically linked'],
    ['static-pie', './static-pie is statically linked'],
    ['link', './static is statically linked'],
    ['musl', "./musl is built for musl, and torsocks for this machine's C library"],
    ['script', 'hookable'],
    ['by-env', './static is statically linked'],
    ['chain', './static is statically linked'],
    ['without-interpreter', 'hookable'],
    ['without-line', 'hookable'],
    ['not-executable', 'hookable'],
    ['not-there', 'hookable'],
    ['/bin/sh', 'hookable'],
  ])('%s: %s', async (name, expected) => expect(await verdict(name)).toBe(expected));

  describe.skipIf(!isInstalled('go'))('of Go', () => {
    const plain = 'package main\nfunc main() {}\n';
    const withC = 'package main\n// int one(void) { return 1; }\nimport "C"\nfunc main() { C.one() }\n';
    it.each<[name: string, source: string, cgo: string, flags: readonly string[]]>([
      ['go-plain', plain, '0', []],
      ['go-with-c-library', withC, '1', []],
      ['go-stripped', withC, '1', ['-ldflags=-s -w']],
      ['go-position-independent', plain, '0', ['-buildmode=pie']],
    ])('%s', async (name, source, cgo, flags) => {
      compileGo(name, source, { CGO_ENABLED: cgo }, ...flags);
      expect(await verdict(name)).toBe(`./${name} is a Go program, which calls the kernel itself`);
    });
  });

  describe.skipIf(!isRoot)('with rights of their own', () => {
    const copy = (name: string, mode = 0o755): string => {
      copyFileSync(at('dynamic'), at(name));
      chmodSync(at(name), mode);
      return at(name);
    };

    it('setuid, setgid, and his own', async () => {
      copy('setuid', 0o4755);
      copy('setgid', 0o2755);
      chownSync(copy('own'), stranger.uid, stranger.gid);
      chmodSync(at('own'), 0o6755);
      expect(await verdict('setuid')).toBe('./setuid is a setuid program');
      expect(await verdict('setgid')).toBe('./setgid is a setgid program');
      expect(await verdict('own')).toBe('hookable');
    });

    it('file capabilities', async () => {
      const path = copy('capable');
      // CAP_NET_RAW, permitted and effective (capabilities(7), VFS_CAP_REVISION_2).
      const value = String.raw`b'\x01\x00\x00\x02' + b'\x00\x20\x00\x00' + bytes(12)`;
      execFileSync('python3', ['-c', `import os, sys; os.setxattr(sys.argv[1], 'security.capability', ${value})`, path]);
      expect(await verdict('capable')).toBe('./capable has file capabilities');
      expect(await verdict('dynamic')).toBe('hookable');
    });
  });
});
