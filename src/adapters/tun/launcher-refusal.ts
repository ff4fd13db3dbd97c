/** What a refused step says: its name, errno, and the host's setting where one was found (`name=value`). */
export interface Refusal {
  readonly step: string;
  readonly errno: string;
  readonly setting: string | undefined;
}

/** In words for the user. */
export interface RefusalExplanation {
  readonly reason: string;
  /** The one-time fix, and the alternative. */
  readonly hint: string;
  /** The TUN device is the trouble, rather than the namespaces. */
  readonly concernsTun: boolean;
}

const alternative =
  'or run inpod as root, whom most of these limits spare; or install torsocks, which needs neither, and carries most programs';

interface Rule {
  /** Of the step. */
  readonly step: RegExp;
  readonly errno?: RegExp;
  readonly setting?: RegExp;
  readonly reason: string;
  readonly fix: string;
}

/** The first that fits explains. */
const rules: readonly Rule[] = [
  { step: /^configuration/, reason: 'the launcher and the program are of different versions', fix: 'run `npm run build`' },
  {
    step: /\/dev\/net\/tun/,
    errno: /EACCES/,
    setting: /nodev/,
    reason: '/dev/net/tun is on a mount without devices',
    fix: 'mount /dev without nodev',
  },
  {
    step: /\/dev\/net\/tun/,
    errno: /EACCES/,
    reason: '/dev/net/tun may be opened by root only',
    fix:
      'sudo chmod 0666 /dev/net/tun now, and for later boots: echo \'KERNEL=="tun", MODE="0666", OPTIONS+="static_node=net/tun"\' | ' +
      'sudo tee /etc/udev/rules.d/50-tun.rules',
  },
  {
    step: /\/dev\/net\/tun/,
    errno: /ENOENT/,
    reason: '/dev/net/tun is missing',
    fix: 'sudo mkdir -p /dev/net && sudo mknod -m 0666 /dev/net/tun c 10 200 (for a container: --device /dev/net/tun)',
  },
  { step: /\/dev\/net\/tun/, errno: /ENODEV|ENXIO/, reason: 'the kernel has no TUN driver loaded', fix: 'sudo modprobe tun' },
  {
    step: /\/dev\/net\/tun/,
    errno: /EPERM/,
    reason: "the container's device rules forbid /dev/net/tun",
    fix: 'start the container with --device /dev/net/tun',
  },
  { step: /TUNSET|pod0|netlink|^set lo/, reason: 'the kernel refused to set up the TUN', fix: 'see `sudo dmesg`' },
  {
    step: /^unshare|^write \/proc\/self/,
    errno: /ENOSPC|EUSERS/,
    setting: /^user\.max_/,
    reason: 'the number of namespaces is limited',
    fix: 'sudo sysctl -w SETTING=10000, and the same line without "sudo sysctl -w" in /etc/sysctl.d/50-inpod.conf',
  },
  {
    step: /^unshare|^write \/proc\/self/,
    errno: /ENOSPC|EUSERS/,
    reason: 'the number of namespaces is limited',
    fix: 'raise user.max_user_namespaces and its like by sysctl',
  },
  {
    step: /^unshare|^write \/proc\/self/,
    setting: /^kernel\.unprivileged_userns_clone/,
    reason: 'user namespaces are for root only',
    fix: 'sudo sysctl -w SETTING=1, and the same line without "sudo sysctl -w" in /etc/sysctl.d/50-inpod.conf',
  },
  {
    step: /^unshare|^write \/proc\/self|^mount/,
    setting: /^kernel\.apparmor_restrict_unprivileged_userns/,
    reason: 'AppArmor restricts user namespaces (Ubuntu 23.10 and later)',
    fix: 'sudo sysctl -w SETTING=0, and the same line without "sudo sysctl -w" in /etc/sysctl.d/50-inpod.conf',
  },
  {
    step: /^unshare|^write \/proc\/self|^mount/,
    setting: /^seccomp/,
    reason: "a seccomp filter forbids namespaces, as a container's does",
    fix: 'run it outside the container, or start that with --security-opt seccomp=unconfined',
  },
  {
    step: /^unshare|^write \/proc\/self/,
    errno: /EPERM|EACCES/,
    reason: 'namespaces are forbidden here, as in a chroot',
    fix: 'run it outside the chroot or sandbox',
  },
];

/** Says why a step was refused and what helps. Pure: the table above decides. */
export function explainRefusal(refusal: Refusal): RefusalExplanation {
  const rule = rules.find((candidate) => fits(candidate, refusal));
  const concernsTun = /tun|TUNSET|pod0|netlink|^set lo/.test(refusal.step);
  if (!rule)
    return { reason: 'not a known restriction', hint: `look up ${refusal.errno} for "${refusal.step}", ${alternative}`, concernsTun };
  const setting = refusal.setting?.split('=')[0] ?? '';
  const reason = refusal.setting?.includes('=') ? `${rule.reason}: ${refusal.setting}` : rule.reason;
  return { reason, hint: `${rule.fix.replaceAll('SETTING', setting)}; ${alternative}`, concernsTun };
}

function fits(rule: Rule, refusal: Refusal): boolean {
  if (!rule.step.test(refusal.step)) return false;
  if (rule.errno && !rule.errno.test(refusal.errno)) return false;
  return !rule.setting || (refusal.setting !== undefined && rule.setting.test(refusal.setting));
}
