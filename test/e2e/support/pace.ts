import { createHash } from 'node:crypto';

/** How long a case waits. */
export interface Pace {
  /** A time that the contract has, in milliseconds, as this case has it: the whole of it, or a tenth. */
  readonly of: (contractMs: number) => number;
  /** The program's timings that fit. */
  readonly env: Readonly<Record<string, string>>;
}

/** The defaults that a divided wait is to meet. A link isn't dead after the tenth of its silence: a loaded machine takes as long to answer. */
const contract = {
  LEASE_RENEW_MS: 10_000,
  LINK_LIMIT_MS: 300_000,
  GUARD_MS: 120_000,
  TAKEOVER_MS: 300_000,
  ROUTE_SETTLE_MS: 2000,
  DRAIN_MS: 3000,
};
const silence = { LINK_SILENCE_MS: 3000 };

const whole: Pace = { of: (contractMs) => contractMs, env: {} };
const tenth: Pace = {
  of: (contractMs) => contractMs / 10,
  env: variables({ ...Object.fromEntries(Object.entries(contract).map(([name, ms]) => [name, ms / 10])), ...silence }),
};

/**
 * Each case has a tenth of the contract's times; where INPOD_E2E_FULL is set, one has the whole: the one of that name, or whichever that text is the seed of.
 * @returns the pace of a case by its name
 */
export function paces(names: readonly string[]): (name: string) => Pace {
  const seed = process.env['INPOD_E2E_FULL'];
  if (seed === undefined) return () => tenth;
  const chosen = names.includes(seed) ? seed : names[createHash('sha256').update(seed).digest().readUInt16BE() % names.length];
  console.log(`at full length: ${chosen}`);
  return (name) => (name === chosen ? whole : tenth);
}

function variables(timings: Readonly<Record<string, number>>): Pace['env'] {
  return Object.fromEntries(Object.entries(timings).map(([name, ms]) => [`INPOD_CONFIG_TIMINGS_${name}`, String(ms)]));
}
