/** Addresses of the far side by IP version: servers of the driver's own, and the laptop's 127.0.0.1. */
export const servers = { 4: '10.96.7.7', 6: 'fd00:96::7' } as const;
export const laptops = { 4: '10.96.7.8', 6: 'fd00:96::8' } as const;
/** The packet core itself. */
export const gateway = '198.19.255.53';
export const podAddresses = ['10.244.3.17', 'fd00:244::17'] as const;

/** What the servers do, by port. Others refuse. */
export const ports = {
  echo: 7,
  /** Takes all, and answers with hash and length. */
  sink: 9,
  /** Answers `BYTES SEED` with so many bytes and their hash. */
  source: 19,
  /** Says `bye`, half-closes, and takes what comes then. */
  endsFirst: 20,
  /** Resets at the first byte. */
  resets: 21,
  /** A sink that reads nothing until it is released. */
  reluctant: 22,
  /** Sends as long as there is room, 24 MB and their hash. */
  flood: 23,
  /** Opens are neither answered nor refused until they are released. */
  hangs: 24,
  /** Answers each chunk with a byte, and remembers how it closed. */
  recorder: 25,
  release: 2,
  floodCount: 3,
  refused: 111,
} as const;
