import { describe, expect, it } from 'vitest';
import { LastWords } from '../../../src/adapters/sshuttle/last-words.ts';
import { endedFailure, namesFailure, tunnelFailure, type NamesTrouble } from '../../../src/adapters/sshuttle/readiness-failures.ts';
import { abilitiesOf, sshuttleArguments } from '../../../src/adapters/sshuttle/sshuttle-command.ts';
import { cidr } from '../../support/cidr.ts';

const help = '  --method TYPE  --dns --to-ns IP[:PORT]  -x, --exclude  -r, --remote  -e CMD, --ssh-cmd CMD  --disable-ipv6';

describe('the command line of sshuttle', () => {
  it.each([
    ['all', help, []],
    ['no name server of its own', help.replace('--to-ns', '--to-nobody'), ['--to-ns']],
    ['one that only begins so', help.replace('--dns', '--dns-more'), ['--dns']],
  ])('needs options that its help has: %s', (_what, text, missing) => expect(abilitiesOf(text)).toEqual({ missing, hasBuffer: false }));

  const files = { identityFile: "/home/o'neill/a b/ssh-key", knownHostsFile: '/state/known-hosts' };
  const networks = { cluster: [cidr('10.96.0.0/16'), cidr('fd00::/64')], laptop: [cidr('198.18.0.2/32'), cidr('::1/128')] };
  const task = { ...files, method: 'nft', hasIpv6: true, agentPort: 40_001, nameServerPort: 40_002, networks, hasBuffer: false } as const;
  const ssh =
    'ssh -F none -o HostKeyAlias=inpod-agent -o UserKnownHostsFile=/state/known-hosts -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=yes ' +
    "-o 'IdentityFile=/home/o'\\''neill/a b/ssh-key' -o IdentitiesOnly=yes -o IdentityAgent=none -o PreferredAuthentications=publickey " +
    '-o BatchMode=yes -o ControlPath=none -o ServerAliveInterval=15 -o LogLevel=ERROR';
  const common = ['--dns', '--to-ns', '127.0.0.1:40002', '--remote', 'inpod@127.0.0.1:40001', '--ssh-cmd', ssh];

  it('reads no file of the user’s, and pins the agent', () => {
    expect(sshuttleArguments(task)).toEqual([
      '--method', 'nft', ...common, '--exclude', '198.18.0.2/32', '--exclude', '::1/128', '10.96.0.0/16', 'fd00::/64',
    ]); // prettier-ignore
  });

  it('has a buffer of its own size where there may be one', () => {
    expect(abilitiesOf(`${help} --latency-buffer-size SIZE`)).toEqual({ missing: [], hasBuffer: true });
    expect(sshuttleArguments({ ...task, hasBuffer: true }).slice(2, 4)).toEqual(['--latency-buffer-size', '262144']);
  });

  it('leaves IPv6 out where this machine has none', () => {
    expect(sshuttleArguments({ ...task, method: 'nat', hasIpv6: false })).toEqual([
      '--method', 'nat', '--disable-ipv6', ...common, '--exclude', '198.18.0.2/32', '10.96.0.0/16',
    ]); // prettier-ignore
  });
});

describe('the last words of sshuttle', () => {
  const said = (...pieces: readonly string[]): string => {
    const words = new LastWords();
    for (const piece of pieces) words.add(piece);
    return String(words);
  };
  it.each([
    ['nothing', [], ''],
    ['a line, without who says it', ['c : Connected to server.\r\n'], 'Connected to server.'],
    ['a line in pieces', ['fw: un', 'done\n'], 'undone'],
    ['one without an end', ['c : fatal: no'], 'fatal: no'],
    ['each line once', ['a\na\nb\n'], 'a; b'],
    ['no bytes that a terminal would take for orders', ['\u001B[31mred\u001B[0m\n'], '[31mred[0m'],
    ['the last six', ['1\n2\n3\n4\n5\n6\n7\n8\n'], '3; 4; 5; 6; 7; 8'],
  ])('are %s', (_what, pieces, expected) => expect(said(...pieces)).toBe(expected));
});

describe('why sshuttle is not ready', () => {
  const trouble: NamesTrouble = { outcome: 'unknown', words: '', nameServers: ['127.0.0.53'], interfaces: ['eth0'] };
  it.each([
    ['no Python', endedFailure('server died with error code 97'), /agent has no Python/],
    ['no sudo', endedFailure('All attempts to elevate privileges failed.'), /it must be root/],
    [
      'no sudo, of a later one',
      endedFailure('All attempts to run firewall client process with elevated privileges were failed.'),
      /it must be root/,
    ],
    ['name servers by IPv6', endedFailure('all of the system DNS servers are IPv6.'), /IPv4 name servers alone/],
    ['nobody knows', endedFailure(''), /--backend tun/],
    ['the tunnel', tunnelFailure('Connected to server.', 30_000), /firewall or a VPN/],
    ['a resolver', namesFailure(trouble, 20_000), /encrypted DNS/],
    ['a VPN', namesFailure({ ...trouble, interfaces: ['eth0', 'wg0'] }, 20_000), /a VPN may take the questions: wg0/],
    ['another session', namesFailure({ ...trouble, outcome: ['127.1.2.3'] }, 20_000), /another session's sshuttle/],
  ])('is told with what would help: %s', (_what, error, hint) => {
    expect(error).toMatchObject({ code: 'TUNNEL_FAILED' });
    expect(error.hint).toMatch(hint);
    expect(error.hint).toMatch(/--backend tun|agent\.image/);
  });

  it('says what was said, and by whom names are asked', () => {
    expect(namesFailure({ ...trouble, words: 'bye' }, 20_000).message).toBe(
      "sshuttle's tunnel works, but names don't come through it: in 20 s this machine's resolver (127.0.0.53) didn't know the name that is asked for to see; it said: bye",
    );
  });
});
