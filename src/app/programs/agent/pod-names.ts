import { lookup, lookupService } from 'node:dns/promises';
import { ErrnoError } from '../../../domain/errno-error.ts';
import { IpAddress } from '../../../domain/netstack/address/ip-address.ts';
import { errnoOfSocketCode } from '../../../domain/protocol/dial-refusal.ts';

/** The first address of a name as the pod's own programs get it (hosts, search path): IPv4 before IPv6. @throws (rejects) ErrnoError `ENOTFOUND`, `EAGAIN` */
export async function resolveInPod(name: string): Promise<IpAddress> {
  const found = await lookup(name, { all: true, order: 'ipv4first' }).catch((error: unknown) => fail(name, error));
  const address = found.map((one) => IpAddress.parse(one.address)).find((one) => one !== undefined);
  return address ?? fail(name, undefined);
}

/** The name that an address has. @throws (rejects) ErrnoError `ENOTFOUND` where it has none */
export async function resolvePtrInPod(address: string): Promise<string> {
  // For an address without a name the C library gives the address back.
  const { hostname } = await lookupService(address, 0).catch((error: unknown) => fail(address, error));
  return hostname === address ? fail(address, undefined) : hostname;
}

function fail(what: string, cause: unknown): never {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'ENOTFOUND';
  throw new ErrnoError(errnoOfSocketCode(code), `${what} is not found: ${cause instanceof Error ? cause.message : 'no such name'}`, {
    cause,
  });
}
