import { fc, it as property } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { hasGoNote, parseElfHeader, parseElfParts } from '../../../src/domain/backend/elf-program.ts';
import { examineHooking } from '../../../src/domain/backend/hookability.ts';
import { parseShebang } from '../../../src/domain/backend/shebang.ts';
import type { ProgramFile } from '../../../src/domain/ports/program-files-port.ts';
import { elfFile, type ElfShape } from '../../builders/elf-file.ts';

const user = { uid: 1000, gid: 1000 };
const library = { bits: 64, machine: 62 } as const;

type Given = Partial<Omit<ProgramFile, 'read'>> & { readonly bytes: Uint8Array };

/** Files by path; a name without a slash is below /bin. */
async function verdict(name: string, files: Readonly<Record<string, Given>>, uid = user.uid): Promise<string> {
  const find = async (wanted: string): Promise<ProgramFile | undefined> => {
    const path = wanted.includes('/') ? wanted : `/bin/${wanted}`;
    const given = files[path];
    if (!given) return undefined;
    const read = async (offset: number, length: number): Promise<Uint8Array> => given.bytes.subarray(offset, offset + length);
    return { path, mode: 0o755, uid: 0, gid: 0, hasCapabilities: false, ...given, read };
  };
  const answer = await examineHooking({ user: { ...user, uid }, find }, { name, searchPath: '/bin', cwd: '/', library });
  return answer.hookable ? 'hookable' : answer.reason;
}

const text = (content: string): Given => ({ bytes: Buffer.from(content) });
const elf = (shape: ElfShape = {}): Given => ({ bytes: elfFile(shape) });

describe('examineHooking', () => {
  it.each<[string, string, Readonly<Record<string, Given>>]>([
    ['a dynamic program', 'hookable', { '/bin/x': elf() }],
    ['one of 32 bits', '/bin/x is built for another kind of processor than torsocks', { '/bin/x': elf({ bits: 32 }) }],
    ['one of another processor', '/bin/x is built for another kind of processor than torsocks', { '/bin/x': elf({ machine: 183 }) }],
    ['a static one', '/bin/x is statically linked', { '/bin/x': elf({ interpreter: undefined }) }],
    ['a static one, big endian', '/bin/x is statically linked', { '/bin/x': elf({ interpreter: undefined, isLittleEndian: false }) }],
    [
      'one of musl',
      "/bin/x is built for musl, and torsocks for this machine's C library",
      { '/bin/x': elf({ interpreter: '/lib/ld-musl-x86_64.so.1' }) },
    ],
    ['one of Go, with a C library', '/bin/x is a Go program, which calls the kernel itself', { '/bin/x': elf({ noteName: 'Go' }) }],
    ['one with another note', 'hookable', { '/bin/x': elf({ noteName: 'GNU' }) }],
    ['a setuid one', '/bin/x is a setuid program', { '/bin/x': { ...elf(), mode: 0o4755 } }],
    ['a setuid one of his own', 'hookable', { '/bin/x': { ...elf(), mode: 0o4755, uid: 1000 } }],
    ['a setgid one', '/bin/x is a setgid program', { '/bin/x': { ...elf(), mode: 0o2755 } }],
    ['a setgid one of his own group', 'hookable', { '/bin/x': { ...elf(), mode: 0o2755, gid: 1000 } }],
    ['one with mandatory locks, which looks like setgid', 'hookable', { '/bin/x': { ...elf(), mode: 0o2745 } }],
    [
      'one of musl, of Go',
      '/bin/x is a Go program, which calls the kernel itself',
      { '/bin/x': elf({ interpreter: '/lib/ld-musl-x86_64.so.1', noteName: 'Go' }) },
    ],
    ['one with capabilities', '/bin/x has file capabilities', { '/bin/x': { ...elf(), hasCapabilities: true } }],
    ['one that may not be read', '/bin/x may not be read, so that nobody can tell what it is', { '/bin/x': text('') }],
    ['one that is not there: to be told by who runs it', 'hookable', {}],
    ['neither program nor script: so is this', 'hookable', { '/bin/x': text('echo hello') }],
    ['a script', 'hookable', { '/bin/x': text('#!/bin/sh\n'), '/bin/sh': elf() }],
    [
      'a script for a static shell',
      '/bin/sh is statically linked',
      { '/bin/x': text('#! /bin/sh -e\n'), '/bin/sh': elf({ interpreter: undefined }) },
    ],
    [
      'a script by env',
      '/bin/y is statically linked',
      { '/bin/x': text('#!/usr/bin/env -S A=1 y --z\n'), '/bin/y': elf({ interpreter: undefined }) },
    ],
    [
      'a script of a script',
      '/bin/z is statically linked',
      { '/bin/x': text('#!/bin/y'), '/bin/y': text('#!/bin/z\n'), '/bin/z': elf({ interpreter: undefined }) },
    ],
    ['a script whose interpreter is not there: to be told by who runs it', 'hookable', { '/bin/x': text('#!/bin/gone\n') }],
    ['a script by env, of what is not there', 'hookable', { '/bin/x': text('#!/usr/bin/env gone\n') }],
    [
      'a script of a setuid interpreter',
      '/bin/sh is a setuid program',
      { '/bin/x': text('#!/bin/sh\n'), '/bin/sh': { ...elf(), mode: 0o4755 } },
    ],
    [
      'a chain by env, of a script of a Go program',
      '/bin/z is a Go program, which calls the kernel itself',
      { '/bin/x': text('#!/usr/bin/env y\n'), '/bin/y': text('#!/usr/bin/env -S z --flag\n'), '/bin/z': elf({ noteName: 'Go' }) },
    ],
    ['a script of itself', 'hookable', { '/bin/x': text('#!/bin/x\n') }],
  ])('%s', async (_name, expected, files) => expect(await verdict('x', files)).toBe(expected));

  it.each(['ping', '/bin/dig', 'nslookup', 'host', 'traceroute'])('%s does without TCP', async (name) => {
    const path = name.includes('/') ? name : `/bin/${name}`;
    expect(await verdict(name, { [path]: elf() })).toMatch(/sends packets that are no TCP|asks name servers by itself/);
  });

  it.each(['ping', '/bin/ping6', 'dig', 'host', 'nslookup', 'traceroute'])('%s is recognised by another name too', async (name) => {
    const path = name.includes('/') ? name : `/usr/bin/${name}`;
    const reason = await verdict('link', { '/bin/link': { ...elf(), path } });
    expect(reason).toMatch(new RegExp(`^${path} (sends packets that are no TCP|asks name servers by itself)`));
  });

  it('takes no account of rights that root has anyway', async () => {
    expect(await verdict('x', { '/bin/x': { ...elf(), mode: 0o4755, hasCapabilities: true } }, 0)).toBe('hookable');
  });
});

describe('parseShebang', () => {
  it.each<[line: string, interpreter: string, viaEnv: string | undefined]>([
    ['#!/bin/sh -e', '/bin/sh', undefined],
    ['#! \t/usr/bin/python3', '/usr/bin/python3', undefined],
    ['#!/usr/bin/env node', '/usr/bin/env', 'node'],
    ['#!/usr/bin/env -S node --flag', '/usr/bin/env', 'node'],
    ['#!/usr/bin/env -Snode --flag', '/usr/bin/env', 'node'],
    ['#!/usr/bin/env -vS node', '/usr/bin/env', 'node'],
    ['#!/usr/bin/env --split-string=node --flag', '/usr/bin/env', 'node'],
    ['#!/usr/bin/env --split-string node', '/usr/bin/env', 'node'],
    ['#!/usr/bin/env -S -i A=1 B=2 node', '/usr/bin/env', 'node'],
    ['#!/usr/bin/env -S -u HOME node', '/usr/bin/env', 'node'],
    ['#!/usr/bin/env -S -iu HOME --chdir /tmp -- node', '/usr/bin/env', 'node'],
    ['#!/usr/bin/env -S --unset=HOME -C /tmp node', '/usr/bin/env', 'node'],
    ['#!/usr/bin/env -S "node" --flag', '/usr/bin/env', 'node'],
    ['#!/usr/bin/env', '/usr/bin/env', undefined],
    ['#!/opt/my-env tool', '/opt/my-env', undefined],
  ])('%s', (line, interpreter, viaEnv) => {
    expect(parseShebang(Buffer.from(`${line}\nmore`))).toEqual({ interpreter, viaEnv });
  });

  it.each(['#!', '#!   ', 'echo', '#'])('%j is none', (line) => expect(parseShebang(Buffer.from(`${line}\n`))).toBeUndefined());
});

describe('parsers', () => {
  property.prop([fc.uint8Array({ maxLength: 400 }), fc.boolean()])('take whatever comes', (bytes, isElf) => {
    const head = isElf ? Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, ...bytes]) : bytes;
    const header = parseElfHeader(head);
    if (header) expect(parseElfParts(header, bytes).length).toBeLessThanOrEqual(header.entryCount);
    expect(typeof hasGoNote(bytes, true)).toBe('boolean');
    expect(parseShebang(Uint8Array.from([0x23, 0x21, ...bytes]))?.interpreter).not.toBe('');
  });
});
