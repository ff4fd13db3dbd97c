/**
 * The text of a torsocks.conf(5): everything but the loopback goes to the SOCKS server; the child may listen.
 * UDP is refused altogether: with AllowOutboundLocalhost 2, which is meant to allow it on the loopback alone, sendmsg(2) leaves unseen (torsocks 2.4).
 * With EnableIPv6 an IPv6 socket can be made but not connected, since the server is reached by IPv4: programs that take one for both families (Java) would fail,
 * where without it they see a machine that has no IPv6.
 * @param socksPort - on 127.0.0.1
 */
export function torsocksConfiguration(socksPort: number): string {
  return ['TorAddress 127.0.0.1', `TorPort ${socksPort}`, 'AllowInbound 1', 'AllowOutboundLocalhost 1', 'EnableIPv6 0', ''].join('\n');
}
