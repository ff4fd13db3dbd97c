import type { LocalMachine } from '../../domain/backend/local-lease.ts';
import type { ByteChannel } from '../../domain/byte-channel.ts';
import type { ResolverPort } from '../../domain/ports/resolver-port.ts';
import type { ClockPort } from '../../domain/ports/clock-port.ts';
import type { SshuttleRules } from './sshuttle-rules.ts';

/** What the backend is made of: other adapters' parts. */
export interface SshuttleParts extends LocalMachine {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** For its files. @returns where it is, absolute @throws HostError `STATE_UNWRITABLE` */
  readonly makeSessionFolder: (sessionId: string) => string;
  readonly clock: ClockPort;
  /** Takes back the rules of a run that is gone. */
  readonly rules: SshuttleRules;
  /** A fresh key pair, OpenSSH forms. */
  readonly generateKey: () => { readonly private: string; readonly public: string };
  /** IPv4 addresses of a name as any program of this machine gets them. @throws where there are none */
  readonly lookUp: (name: string) => Promise<readonly string[]>;
  /** Whether this machine has IPv6 at all. */
  readonly hasIpv6: () => boolean;
  /** Of this machine, as resolv.conf has them. */
  readonly nameServers: () => Promise<readonly string[]>;
  /** This machine's own name servers, as they are now; `isForwarder`: they run on it, and ask others in turn. */
  readonly office: () => { readonly resolver: ResolverPort; readonly isForwarder: boolean };
  /** Joins an accepted connection with one that is dialled. */
  readonly relay: (accepted: ByteChannel, dial: (signal: AbortSignal) => Promise<ByteChannel>) => Promise<void>;
}
