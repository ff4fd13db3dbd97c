import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs that tests run, the Debian package of each, and what isn't proved without it. */
const wanted = [
  { program: 'dig', debianPackage: 'dnsutils', provesWhat: 'DNS record types' },
  { program: 'git', debianPackage: 'git', provesWhat: 'git over ssh' },
  { program: 'ssh', debianPackage: 'openssh-client', provesWhat: 'git over ssh' },
  { program: 'sshd', debianPackage: 'openssh-server', provesWhat: 'git over ssh' },
  { program: 'curl', debianPackage: 'curl', provesWhat: 'the client curl' },
  { program: 'python3', debianPackage: 'python3', provesWhat: 'the client Python, terminals' },
  { program: 'go', debianPackage: 'golang-go', provesWhat: 'static programs' },
  { program: 'java', debianPackage: 'openjdk-17-jdk-headless', provesWhat: 'the client Java' },
  { program: 'setpriv', debianPackage: 'util-linux', provesWhat: 'ordinary users' },
  { program: 'ip', debianPackage: 'iproute2', provesWhat: 'routes untouched' },
  { program: 'nft', debianPackage: 'nftables', provesWhat: 'firewall untouched' },
  { program: 'fish', debianPackage: 'fish', provesWhat: 'completion in fish' },
  { program: 'zsh', debianPackage: 'zsh', provesWhat: 'completion in zsh' },
  { program: 'iperf3', debianPackage: 'iperf3', provesWhat: 'the client iperf3' },
  { program: 'ping', debianPackage: 'iputils-ping', provesWhat: 'ICMP' },
  { program: 'iperf3', debianPackage: 'iperf3', provesWhat: 'the client iperf3' },
  { program: 'wrk', debianPackage: 'wrk', provesWhat: 'the client wrk' },
  { program: 'initdb', debianPackage: 'postgresql', provesWhat: 'the clients psql and pgbench' },
  { program: 'torsocks', debianPackage: 'torsocks', provesWhat: 'the backend torsocks' },
  { program: 'sshuttle', debianPackage: 'sshuttle', provesWhat: 'the backend sshuttle' },
  { program: 'sudo', debianPackage: 'sudo', provesWhat: 'sshuttle by sudo' },
  { program: 'unshare', debianPackage: 'util-linux', provesWhat: 'what changes the whole machine' },
  { program: 'tcpdump', debianPackage: 'tcpdump', provesWhat: 'that captures can be read' },
];

/**
 * Installs the programs that tests need, where this is Debian's kind of system and we are root.
 * @returns what is still missing, one line each; tests that need it count as skipped
 */
export function ensurePackages() {
  if (process.platform !== 'linux') return [];
  const missing = wanted.filter(({ program }) => !isOnPath(program));
  if (missing.length > 0 && process.getuid?.() === 0 && isOnPath('apt-get')) install(missing.map(({ debianPackage }) => debianPackage));
  return missing
    .filter(({ program }) => !isOnPath(program))
    .map(
      ({ program, debianPackage, provesWhat }) =>
        `${program} is missing, so ${provesWhat} can't be tested: sudo apt-get install ${debianPackage}`,
    );
}

function install(packages) {
  const names = [...new Set(packages)];
  console.log(`Debian packages: installing ${names.join(' ')}`);
  // A server that a package brings is for our tests alone: it mustn't start by itself.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  apt(['update', '-qq'], env);
  apt(['install', '-y', '-qq', '--no-install-recommends', ...names], env);
}

function apt(args, env) {
  const result = spawnSync('apt-get', args, { env, encoding: 'utf8' });
  if (result.status !== 0) console.log(`apt-get ${args.join(' ')} failed: ${result.stderr.trim().split('\n').at(-1)}`);
}

/** Servers live in /usr/sbin, which an ordinary user's PATH lacks; those of PostgreSQL in a folder of their version. */
function isOnPath(program) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', ...postgresFolders()];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function postgresFolders() {
  const folder = '/usr/lib/postgresql';
  return existsSync(folder) ? readdirSync(folder).map((version) => join(folder, version, 'bin')) : [];
}
