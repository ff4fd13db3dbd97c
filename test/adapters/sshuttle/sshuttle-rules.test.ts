import { beforeEach, describe, expect, it } from 'vitest';
import { areInUse, removalOf, removalScript, rulesOfListener } from '../../../src/adapters/sshuttle/rules-removal.ts';
import { SshuttleRules, type CommandFailure } from '../../../src/adapters/sshuttle/sshuttle-rules.ts';
import type { Endpoint } from '../../../src/domain/netstack/address/endpoint.ts';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import type { MachineChange } from '../../../src/domain/session/machine-change.ts';

const at = (address: string, port: number): Endpoint => ({ address: ip(address), port });
const never = new AbortController().signal;
const nft: MachineChange = { kind: 'sshuttle-rules', method: 'nft', port: 20_001, ipv6: true };
const nat: MachineChange = { ...nft, method: 'nat' };
const both =
  'add table inet sshuttle-ipv4-20001; delete table inet sshuttle-ipv4-20001; add table inet sshuttle-ipv6-20001; delete table inet sshuttle-ipv6-20001';

describe('taking the rules of an sshuttle back', () => {
  it.each<[string, MachineChange, string]>([
    ['nft', nft, `nft '${both}'`],
    ['nft without IPv6', { ...nft, ipv6: false }, `nft 'add table inet sshuttle-ipv4-20001; delete table inet sshuttle-ipv4-20001'`],
    [
      'iptables without IPv6',
      { ...nat, ipv6: false },
      'iptables -w -t nat -n -L sshuttle-20001 && { iptables -w -t nat -D OUTPUT -j sshuttle-20001; iptables -w -t nat -D PREROUTING -j sshuttle-20001; ' +
        'iptables -w -t nat -F sshuttle-20001; iptables -w -t nat -X sshuttle-20001; }',
    ],
  ])('is for a shell, by %s', (_what, change, script) => expect(removalScript(removalOf(change), [])).toBe(script));

  it('is for a shell by sudo, each of its commands', () => {
    const script = removalScript(removalOf(nat), ['sudo', '-n']);
    expect(script.match(/(^|[;{] )[^;{}]+/g)?.every((command) => / ?sudo -n ip6?tables -w -t nat /.test(command))).toBe(true);
    expect(script.match(/ip6tables/g)).toHaveLength(5);
  });

  let listening: readonly Endpoint[];
  beforeEach(() => {
    listening = [];
  });
  /** @param answers - of commands that fail, by a pattern of their words */
  const machine = (isRoot: boolean, answers: readonly (readonly [RegExp, CommandFailure])[] = []) => {
    const commands: string[] = [];
    const run = async (argv: readonly string[]): Promise<CommandFailure | undefined> => {
      commands.push(argv.join(' '));
      return answers.find(([pattern]) => pattern.test(commands.at(-1) ?? ''))?.[1];
    };
    return { commands, rules: new SshuttleRules({ isRoot, run, listening: async () => listening }) };
  };
  const said = (text: string): CommandFailure => ({ missing: false, said: text });

  it.each([
    [true, ''],
    [false, 'sudo -n '],
  ])('takes one transaction of nft; as root: %s', async (isRoot, prefix) => {
    const { rules, commands } = machine(isRoot);
    await rules.undo(nft, never);
    expect(commands).toEqual([`${prefix}nft ${both}`]);
    expect(rules.scriptOf(nft)).toBe(`${prefix}nft '${both}'`);
  });

  it('leaves those alone that an sshuttle listens for: they are its own, whoever’s they were', async () => {
    const { rules, commands } = machine(true);
    listening = [at('::1', 20_001)];
    await rules.undo(nft, never);
    expect(commands).toEqual([]);
  });

  it('of iptables touches nothing where there is no such chain', async () => {
    const { rules, commands } = machine(true, [[/-L/, said('iptables: No chain/target/match by that name.')]]);
    await rules.undo(nat, never);
    expect(commands).toEqual(['iptables -w -t nat -n -L sshuttle-20001', 'ip6tables -w -t nat -n -L sshuttle-20001']);
  });

  it('of iptables goes on where a part of them is gone', async () => {
    const { rules, commands } = machine(true, [[/-D OUTPUT/, said('iptables: Bad rule')]]);
    await rules.undo({ ...nat, ipv6: false }, never);
    expect(commands.map((command) => command.split(' ')[4])).toEqual(['-n', '-D', '-D', '-F', '-X']);
  });

  it('is tried once more where somebody else does the same, and then told', async () => {
    const { rules, commands } = machine(true, [[/^nft/, said('Error: Operation not permitted')]]);
    await expect(rules.undo(nft, never)).rejects.toMatchObject({
      code: 'TUNNEL_LOST',
      message: expect.stringContaining('Error: Operation not permitted'),
      hint: `by hand: nft '${both}'`,
    });
    expect(commands).toHaveLength(2);
  });

  it.each<[string, boolean, CommandFailure, string, RegExp]>([
    [
      'sudo wants a password',
      false,
      said('sudo: a password is required'),
      'NOT_PERMITTED',
      /sudo wants a password to take them back: sudo nft '/,
    ],
    ['there is no sudo', false, { missing: true }, 'NOT_PERMITTED', /sudo nft '/],
    ['nft was removed', true, { missing: true }, 'BINARY_MISSING', /nft, which takes them back, is not installed/],
  ])('says the command where %s', async (_what, isRoot, failure, code, message) => {
    const { rules } = machine(isRoot, [[/./, failure]]);
    await expect(rules.undo(nft, never)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('asks a sudo that refused no more: each time is a line in the system’s log', async () => {
    const { rules, commands } = machine(false, [[/./, said('sudo: a password is required')]]);
    for (let time = 0; time < 3; time++) await expect(rules.undo(nft, never)).rejects.toMatchObject({ code: 'NOT_PERMITTED' });
    expect(commands).toHaveLength(1);
  });
});

describe('the rules that an sshuttle is about to make', () => {
  it.each<[string, readonly Endpoint[], MachineChange | undefined]>([
    ['nothing', [], undefined],
    ['IPv4 alone', [at('127.0.0.1', 12_300)], { ...nft, port: 12_300, ipv6: false }],
    ['both', [at('::1', 20_001), at('127.0.0.1', 20_001)], nft],
    ['other addresses too', [at('0.0.0.0', 80), at('127.0.0.1', 20_001), at('::', 80)], { ...nft, ipv6: false }],
  ])('follow from where it listens: %s', (_what, where, rules) => expect(rulesOfListener('nft', where)).toEqual(rules));

  it.each([
    ['127.0.0.1', 20_001, true],
    ['::1', 20_001, true],
    ['127.0.0.1', 20_002, false],
    ['0.0.0.0', 20_001, false],
  ])('are in use where something listens on %s, port %i: %s', (address, port, isUsed) =>
    expect(areInUse(nft, [at(address, port)])).toBe(isUsed),
  );
});
