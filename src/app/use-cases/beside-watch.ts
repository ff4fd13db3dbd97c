import { addressQuery } from '../../domain/dns/address-query.ts';
import { answeredAddresses } from '../../domain/dns/dns-message.ts';
import type { ToldName } from '../../domain/dns/told-name.ts';
import type { IpAddress } from '../../domain/netstack/address/ip-address.ts';
import type { ResolverPort } from '../../domain/ports/resolver-port.ts';
import { isDecided, placeOf, type AddressPlaces } from '../../domain/routes/beside-tunnel.ts';
import type { EventSink } from '../../domain/session/session-event.ts';

/** What the watch needs. */
export interface BesideWatchParts {
  readonly backend: string;
  readonly places: AddressPlaces;
  /** Of `--also-proxy`: they have a warning of their own. Of `--never-proxy`: these are this machine's. */
  readonly decidedNames: ReadonlySet<string>;
  /** This machine's own servers, asked by TCP: a tunnel may take the questions that go by UDP. */
  readonly laptop: ResolverPort;
  readonly events: EventSink;
  readonly signal: AbortSignal;
}

/** So many are looked at; a program that goes through names without end would fill the log. */
const mostSeen = 500;

/** Tells of addresses that names of the cluster's lead to, and the tunnel doesn't, since its networks were settled at its start. */
export class BesideWatch {
  readonly #parts: BesideWatchParts;
  readonly #seen = new Set<string>();
  #hasWarned = false;

  constructor(parts: BesideWatchParts) {
    this.#parts = parts;
  }

  /** Of a name that was answered: the first such address is a warning. Never rejects */
  async answered({ name, by, addresses }: ToldName): Promise<void> {
    if (by !== 'cluster' || this.#parts.decidedNames.has(name)) return;
    const beside = addresses.find((address) => placeOf(address, this.#parts.places) === 'beside' && this.#isNew(name, address));
    if (!beside || (await this.#isGivenHere(name, beside)) || this.#parts.signal.aborted) return;
    const { backend, events } = this.#parts;
    events({ kind: 'address-beside', name, address: beside.toString() });
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const message = `${name} is at ${beside}, as the cluster's DNS says; ${backend} takes networks at its start alone, so that this is reached from your machine`;
    events({ kind: 'warning', code: 'UNSUPPORTED', message, hint: `--also-proxy ${name}, if it is the cluster's; or use --backend tun` });
  }

  /** A name of `--also-proxy` leads to this address now. */
  alsoProxied(name: string, address: IpAddress): void {
    if (isDecided(address, this.#parts.places.networks) || !this.#isNew(name, address)) return;
    const message = `--also-proxy ${name} leads to ${address} now, but ${this.#parts.backend} takes networks at its start alone`;
    this.#parts.events({
      kind: 'warning',
      code: 'UNSUPPORTED',
      message,
      hint: 'start the command again to reach it, or use --backend tun',
    });
  }

  #isNew(name: string, address: IpAddress): boolean {
    const key = `${name} ${address}`;
    if (this.#seen.has(key) || this.#seen.size >= mostSeen) return false;
    this.#seen.add(key);
    return true;
  }

  /** Whether this machine's own servers lead there too: then it is no secret of the cluster's. */
  async #isGivenHere(name: string, address: IpAddress): Promise<boolean> {
    const { laptop, signal } = this.#parts;
    const answer = await laptop.query(addressQuery(name, address.version, 1), 'tcp', signal).catch(() => undefined);
    return answer !== undefined && answeredAddresses(answer).some((one) => one.address.equals(address));
  }
}
