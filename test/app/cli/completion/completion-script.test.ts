import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands, shells, type Shell } from '../../../../src/app/cli/command-table.ts';
import { completionModel } from '../../../../src/app/cli/completion/completion-model.ts';
import { completionScript } from '../../../../src/app/cli/completion/completion-script.ts';
import { mergeSettings } from '../../../../src/app/config/merge-settings.ts';

const isInstalled = (shell: Shell): boolean => spawnSync('sh', ['-c', `command -v ${shell}`]).status === 0;

/** Fish makes folders in its user's home. */
let home = '';
beforeAll(() => (home = mkdtempSync(join(tmpdir(), 'inpod-completion-'))));
afterAll(() => rmSync(home, { recursive: true }));

/** What the real shell offers at the end of `line`, sorted. */
function offers(shell: 'bash' | 'fish', line: string): readonly string[] {
  const args = shell === 'bash' ? bashArguments(line) : fishArguments(line);
  const env = { PATH: process.env['PATH'], HOME: home };
  const { stdout, stderr } = spawnSync(shell, args, { encoding: 'utf8', cwd: import.meta.dirname, env });
  expect(stderr).toBe('');
  return [...new Set(stdout.split('\n'))].filter((word) => word !== '').toSorted();
}

/** As readline calls it: the words of the line, `=` apart, the last one being typed. */
function bashArguments(line: string): readonly string[] {
  const words = line.replaceAll('=', ' = ').split(' ');
  const asked = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _inpod; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return ['--norc', '-c', `${completionScript('bash')}compopt() { :; }\n${asked}`, 'bash', ...words];
}

function fishArguments(line: string): readonly string[] {
  return ['--no-config', '-c', `${completionScript('fish')}complete -C ${JSON.stringify(line)} | string replace -r '\\t.*' ''`];
}

const names = commands.map(({ name }) => name).toSorted();

describe.each(['bash', 'fish'] as const)('%s', (shell) => {
  it.skipIf(!isInstalled(shell)).each([
    ['inpod ', names],
    ['inpod res', ['restore']],
    ['inpod help ', names],
    ['inpod completion ', ['bash', 'fish', 'zsh']],
    ['inpod completion z', ['zsh']],
    ['inpod run --backend ', ['auto', 'sshuttle', 'torsocks', 'tun']],
    ['inpod restore -o ', ['json', 'text']],
    ['inpod run --namespace ', []],
    ['inpod run --namesp', ['--namespace']],
    ['inpod restore --expo', []],
    ['inpod run --kubeconfig completion-scr', ['completion-script.test.ts']],
    ['inpod run -- true completion-scr', ['completion-script.test.ts']],
    ['inpod run -n shop -- unsha', ['unshare']],
  ])('%s', (line, expected) => {
    expect(offers(shell, line)).toEqual(expected);
  });

  it.skipIf(!isInstalled(shell))('completes a value after "="', () => {
    expect(offers(shell, 'inpod run --output=j').map((word) => word.replace('--output=', ''))).toEqual(['json']);
  });
});

describe('zsh', () => {
  it.skipIf(!isInstalled('zsh'))('reads the script, and completes inpod by it', () => {
    const script = `autoload -Uz compinit && compinit -D\n${completionScript('zsh')}\nprint -r -- $_comps[inpod]`;
    expect(spawnSync('zsh', ['-f', '-c', script], { encoding: 'utf8' })).toMatchObject({ stdout: '_inpod\n', stderr: '' });
  });
});

describe('every script', () => {
  it.each(shells)('%s has every command and every flag', (shell) => {
    const script = completionScript(shell);
    for (const { name, flags } of completionModel()) {
      expect(script).toContain(name);
      for (const long of flags.flatMap((flag) => flag.names.filter((one) => one.startsWith('--'))))
        expect(script).toContain(shell === 'fish' ? `-l ${long.slice(2)}` : long);
    }
  });

  it('offers only values that the configuration takes', () => {
    const flags = completionModel().flatMap((command) => command.flags);
    const pairs = flags.flatMap(({ names, value }) =>
      Array.isArray(value) ? value.map((word: string) => [names.at(-1)?.slice(2) ?? '', word]) : [],
    );
    expect(pairs.length).toBeGreaterThan(0);
    for (const [key = '', word] of pairs) mergeSettings({ flags: { [key]: word }, environment: {}, cwd: '/', home: '/' });
  });
});
