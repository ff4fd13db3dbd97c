import { TunnelError } from '../../domain/errors.ts';
import type { TunnelWarning } from '../../domain/ports/tunnel-port.ts';

/** What came of looking a name up: its addresses; that there are none; nothing in time. */
export type LookUpOutcome = readonly string[] | 'unknown' | 'silent';

const rather = 'or use --backend tun, which leaves this machine as it is';

/** @param words - what sshuttle said last */
export function tunnelFailure(words: string, limitMs: number): TunnelError {
  return new TunnelError({
    code: 'TUNNEL_FAILED',
    message: `sshuttle's tunnel doesn't work: no connection came through it in ${limitMs / 1000} s${said(words)}`,
    hint: hintOf(words) ?? `a firewall or a VPN of this machine may be in the way: sudo nft list ruleset; ${rather}`,
  });
}

/** sshuttle ended before it was ready. */
export function endedFailure(words: string): TunnelError {
  return new TunnelError({
    code: 'TUNNEL_FAILED',
    message: `sshuttle ended${said(words)}`,
    hint: hintOf(words) ?? rather,
  });
}

/** What is known of lookups that fail. */
export interface NamesTrouble {
  readonly outcome: LookUpOutcome;
  readonly words: string;
  /** Of this machine. */
  readonly nameServers: readonly string[];
  /** That its routes lead to. */
  readonly interfaces: readonly string[];
}

/** As VPNs call theirs. */
const tunnelInterface = /^(tun|tap|utun|wg|ppp|tailscale|zt|nordlynx|gpd|cscotun)/;

export function namesFailure({ outcome, words, nameServers, interfaces }: NamesTrouble, limitMs: number): TunnelError {
  const asked = `this machine's resolver (${nameServers.join(', ') || 'none in /etc/resolv.conf'})`;
  const vpns = interfaces.filter((name) => tunnelInterface.test(name));
  return new TunnelError({
    code: 'TUNNEL_FAILED',
    message: `sshuttle's tunnel works, but names don't come through it: in ${limitMs / 1000} s ${asked} ${describe(outcome)}${said(words)}`,
    hint: isOtherSession(outcome)
      ? `another session's sshuttle answers this machine's names: end that one, ${rather}`
      : vpns.length > 0
        ? `a VPN may take the questions: ${vpns.join(', ')}; ${rather}`
        : `a resolver of this machine's own, with encrypted DNS perhaps, may be in the way; ${rather}`,
  });
}

/** Names such as `web` don't come through; whole ones do. */
export function singleLabelWarning(nameServers: readonly string[]): TunnelWarning {
  return {
    code: 'DNS_FAILED',
    message: `this machine's resolver (${nameServers.join(', ')}) doesn't look up names of a single label`,
    hint: 'write names with their namespace: web.shop rather than web',
  };
}

function describe(outcome: LookUpOutcome): string {
  if (outcome === 'silent') return "didn't answer";
  return outcome === 'unknown' ? "didn't know the name that is asked for to see" : `had another's answer (${outcome.join(', ')})`;
}

function isOtherSession(outcome: LookUpOutcome): boolean {
  return outcome !== 'silent' && outcome !== 'unknown' && outcome.every((address) => address.startsWith('127.'));
}

function said(words: string): string {
  return words === '' ? '' : `; it said: ${words}`;
}

/** For what sshuttle says of the far end's Python (its exit codes 97 and 127), of sudo, and of resolv.conf. */
function hintOf(words: string): string | undefined {
  if (/error code (97|127)|python3 or python/.test(words))
    return 'the image of the agent has no Python: leave agent.image out (node:24 is taken then), or set it to one with Node 24 and python3';
  if (/elevated? privileges|sudo/.test(words)) return `it must be root: sudo didn't let it; ${rather}`;
  if (/DNS servers are IPv6/.test(words)) return `it carries questions to IPv4 name servers alone; ${rather}`;
  return undefined;
}
