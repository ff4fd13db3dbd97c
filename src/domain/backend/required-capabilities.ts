import { TunnelError } from '../errors.ts';
import type { TunnelPort } from '../ports/tunnel-port.ts';

/** Of the settings those that not every backend can honour. */
export interface AskedOfBackend {
  /** Networks that must not go through the cluster. */
  readonly neverProxy: readonly unknown[];
  /** Where the packets are captured. */
  readonly pcap: string | undefined;
}

/** What was asked for and the backend doesn't do is refused, rather than left out. @throws TunnelError `UNSUPPORTED` */
export function requireCapabilities({ name, capabilities }: Pick<TunnelPort, 'name' | 'capabilities'>, asked: AskedOfBackend): void {
  const { routing } = capabilities;
  if (routing === 'connections') return;
  if (routing === 'none' && asked.neverProxy.length > 0)
    throw unsupported(name, '--never-proxy', 'it sends everything but localhost through the cluster');
  if (asked.pcap !== undefined) throw unsupported(name, '--pcap', 'it sees connections, no packets');
}

function unsupported(name: string, flag: string, why: string): TunnelError {
  return new TunnelError({
    code: 'UNSUPPORTED',
    message: `the backend ${name} can't honour ${flag}: ${why}`,
    hint: `leave ${flag} out, or use --backend tun`,
  });
}
