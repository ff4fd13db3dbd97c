import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/domain/errors.ts';
import { commands, plannedCommands } from '../../../src/app/cli/command-table.ts';
import { longName, plannedFlags, runFlags } from '../../../src/app/cli/flag-table.ts';
import { commandNameOf, parseCommandLine, type ParsedCommand } from '../../../src/app/cli/parse-command-line.ts';
import { mergeSettings } from '../../../src/app/config/merge-settings.ts';
import { plannedKeys, settings } from '../../../src/app/config/setting-table.ts';

const words = (line: string): string[] => line.split(' ').filter((word) => word !== '');
const parse = (line: string): ParsedCommand => parseCommandLine(words(line));

function failure(argv: readonly string[]): Pick<UsageError, 'code' | 'message' | 'hint'> {
  try {
    parseCommandLine(argv);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('accepted');
}

describe('run', () => {
  it.each([
    ['run', {}],
    ['run --', {}],
    ['run -- curl -s http://web', { command: ['curl', '-s', 'http://web'] }],
    ['run -- a -- b --help', { command: ['a', '--', 'b', '--help'] }],
    ['run -n shop --context=kind -v -- a', { namespace: 'shop', context: 'kind', verbose: 'true', command: ['a'] }],
    ['run -nshop -vojson', { namespace: 'shop', verbose: 'true', output: 'json' }],
    ['run --env A=b=c --env D= --env A=z', { env: { A: 'z', D: '' } }],
    ['run --also-proxy 1.1.1.1 --also-proxy 10.0.0.0/8 --never-proxy ::1', { alsoProxy: ['1.1.1.1', '10.0.0.0/8'], neverProxy: ['::1'] }],
    [
      'run --env-exclude A* --env-json j --env-file f --pcap p --logfile l',
      { envExclude: ['A*'], envJson: 'j', envFile: 'f', pcap: 'p', logfile: 'l' },
    ],
    [
      'run --yes --as bob --kubeconfig k --name web --serviceaccount s --backend tun',
      { yes: 'true', as: 'bob', kubeconfig: 'k', name: 'web', serviceaccount: 's', backend: 'tun' },
    ],
    ['run --name --help', { name: '--help' }],
  ])('%s', (line, flags) => {
    expect(parse(line)).toEqual({ kind: 'run', flags, configFile: undefined });
  });

  it('keeps words of the command as they are', () => {
    expect(parseCommandLine(['run', '--', 'sh', '-c', ' echo "$A" ', ''])).toMatchObject({
      flags: { command: ['sh', '-c', ' echo "$A" ', ''] },
    });
  });

  it('reads its flags into what the configuration takes', () => {
    const parsed = parse('run -c my.yaml -v --env A=b --also-proxy 10.1.2.3 -o json -- x');
    if (parsed.kind !== 'run') throw new Error(parsed.kind);
    expect(parsed.configFile).toBe('my.yaml');
    expect(mergeSettings({ flags: parsed.flags, environment: {}, cwd: '/', home: '/' })).toMatchObject({
      verbose: true,
      env: { A: 'b' },
      output: 'json',
      command: ['x'],
    });
  });
});

describe('other commands', () => {
  it.each([
    ['version', { kind: 'version' }],
    ['--version', { kind: 'version' }],
    ['restore', { kind: 'restore', sessionIds: [], flags: {}, configFile: undefined }],
    ['doctor -n shop -o json', { kind: 'doctor', flags: { namespace: 'shop', output: 'json' }, configFile: undefined }],
    ['status --profile s -c f', { kind: 'status', flags: { profile: 's' }, configFile: 'f' }],
    ['config check', { kind: 'config', action: 'check', flags: {}, configFile: undefined }],
    ['config show --env A=b', { kind: 'config', action: 'show', flags: { env: { A: 'b' } }, configFile: undefined }],
    ['completion zsh', { kind: 'completion', shell: 'zsh' }],
    [
      'restore -v abc12 -n shop x1',
      { kind: 'restore', sessionIds: ['abc12', 'x1'], flags: { verbose: 'true', namespace: 'shop' }, configFile: undefined },
    ],
  ])('%s', (line, expected) => {
    expect(parse(line)).toEqual(expected);
  });

  it.each(['', 'help', '--help', '-h', '--help run'].slice(0, 4))('%j explains inpod', (line) => {
    expect(parse(line)).toMatchObject({ kind: 'help', text: expect.stringMatching(/^inpod runs a program[^]*Examples:[^]*Commands:/) });
  });
  it.each(['help run', 'run --help', 'run -h', 'run -n shop --help', 'run --help -- x'])('%s explains run, examples first', (line) => {
    expect(parse(line)).toMatchObject({
      kind: 'help',
      text: expect.stringMatching(/^Usage: inpod run[^]*Examples:[^]*--namespace[^]*--env-exclude/),
    });
  });
});

describe('what is wrong', () => {
  it.each([
    ['run curl -s http://web', 'FLAG_INVALID', '"--" is missing before the command curl', 'inpod run -- curl -s http://web'],
    ['run -n shop curl --unknown', 'FLAG_INVALID', '"--" is missing before the command curl', 'inpod run -n shop -- curl --unknown'],
    ['run --namspace shop', 'FLAG_INVALID', "unknown option '--namspace'", 'did you mean: --namespace'],
    ['run --zzzzzzzz', 'FLAG_INVALID', "unknown option '--zzzzzzzz'", 'inpod help run lists all flags'],
    ['run -n', 'FLAG_INVALID', '--namespace wants a value: --namespace NAME', 'inpod help run explains it'],
    ['run --expose -- x', 'FLAG_INVALID', '--expose wants a value: --expose LOCAL[:POD]', 'inpod help run explains it'],
    ['run --docker-mount', 'NOT_IMPLEMENTED', "--docker-mount is planned, but doesn't work yet", 'inpod help lists what works today'],
    ['run -x', 'FLAG_INVALID', "unknown option '-x'", 'inpod help run lists all flags'],
    ['run --env FOO', 'FLAG_INVALID', '--env wants NAME=VALUE', 'for example --env LOG_LEVEL=debug; an empty value is NAME='],
    ['rnu', 'COMMAND_UNKNOWN', 'unknown command: rnu', 'did you mean: inpod run'],
    ['curl http://web', 'COMMAND_UNKNOWN', 'unknown command: curl', 'to run a program: inpod run -- COMMAND; all commands: inpod help'],
    ['-- curl', 'COMMAND_UNKNOWN', 'a command is missing before --', 'flags follow the command: inpod run [flags] -- COMMAND'],
    ['-n shop run', 'COMMAND_UNKNOWN', 'a command is missing before -n', 'flags follow the command: inpod run [flags] -- COMMAND'],
    ['--wat', 'COMMAND_UNKNOWN', 'a command is missing before --wat', 'inpod help lists what there is'],
    ['config', 'FLAG_INVALID', 'inpod config wants one of show, check, schema', 'inpod help config'],
    ['config shwo', 'FLAG_INVALID', 'inpod config wants one of show, check, schema, not shwo', 'did you mean: inpod config show'],
    ['completion bash zsh', 'FLAG_INVALID', 'inpod completion wants one of bash, zsh, fish, not zsh', 'inpod help completion'],
    ['doctor now', 'FLAG_INVALID', 'inpod doctor takes flags only, not now', 'inpod help doctor'],
    ['status --yes', 'FLAG_INVALID', "unknown option '--yes'", 'inpod help status lists all flags'],
    ['help nothing', 'COMMAND_UNKNOWN', 'unknown command: nothing', 'to run a program: inpod run -- COMMAND; all commands: inpod help'],
  ])('%s', (line, code, message, hint) => {
    expect(failure(words(line))).toMatchObject({ code, message, hint });
  });

  it('quotes the words of a command without its "--"', () => {
    expect(failure(['run', 'sh', '-c', "echo it's"]).hint).toBe(`inpod run -- sh -c 'echo it'\\''s'`);
  });

  it('never shows the value of a variable', () => {
    expect(JSON.stringify(failure(['run', '--env', '=s3cret']))).not.toContain('s3cret');
  });
});

describe('what is planned', () => {
  it.each(plannedCommands)('%s is refused by name', (name) => {
    expect(failure([name])).toMatchObject({ code: 'NOT_IMPLEMENTED', message: `the command ${name} is planned, but doesn't work yet` });
  });
  it.each(plannedFlags)('%s is refused by name', (spelling) => {
    const flag = `--${longName(spelling)}`;
    const argv = ['run', flag, ...(/[<]/.test(spelling) ? ['value'] : []), '--', 'x'];
    expect(failure(argv)).toMatchObject({ code: 'NOT_IMPLEMENTED', message: `${flag} is planned, but doesn't work yet` });
  });
  it("takes Telepresence 1's form for what it is", () => {
    expect(failure(words('--swap-deployment web --run npm start'))).toMatchObject({
      code: 'NOT_IMPLEMENTED',
      message: "--swap-deployment, --run are planned, but don't work yet",
    });
  });
  it('is in no help', () => {
    const texts = ['--help', 'help run', 'help restore']
      .map((line) => parse(line))
      .map((parsed) => (parsed.kind === 'help' ? parsed.text : ''));
    for (const flag of plannedFlags) expect(texts.join('')).not.toMatch(new RegExp(`--${longName(flag)}\\b(?!-)`));
    for (const name of plannedCommands) expect(texts[0]).not.toMatch(new RegExp(`^  ${name}\\b`, 'm'));
  });
});

describe('the tables', () => {
  it('have a setting for each flag of run', () => {
    const keys = runFlags.map((flag) => longName(flag.spelling).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()));
    const known = new Set(settings.map((setting) => setting.path[0]));
    // `--no-publish` is `publish: false`.
    expect(keys.filter((key) => !known.has(key))).toEqual(['noPublish', 'config', 'help']);
  });
  it('agree about what is planned', () => {
    const keys = plannedFlags.map((flag) =>
      longName(flag)
        .replace(/^no-/, '')
        .replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    );
    expect(keys.filter((key) => !plannedKeys.has(key))).toEqual([]);
  });
  it('have help lines of at most 100 characters', () => {
    const texts = commands.map((command) => parse(`help ${command.name}`)).map((parsed) => (parsed.kind === 'help' ? parsed.text : ''));
    expect(texts.join('').split('\n').filter((line) => line.length > 100)).toEqual([]); // prettier-ignore
  });
});

describe('the command of an erroneous line', () => {
  it.each([
    ['run --wat', 'run'],
    ['--wat run', 'run'],
    ['plan', 'plan'],
    ['-- run', undefined],
    ['', undefined],
  ])('%s: %s', (line, name) => {
    expect(commandNameOf(words(line))).toBe(name);
  });
});
