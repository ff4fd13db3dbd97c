import { concatBytes } from '../../domain/bytes.ts';
import type { IpAddress } from '../../domain/netstack/address/ip-address.ts';

/** The layout's version: a launcher of another one refuses. native/include/inpod-launcher.h has the structs. */
export const launcherWireVersion = 3;
/** Most bytes of data in one FILE or SPAWN_DATA message. */
export const chunkBytes = 32768;
/** Room for the longest message of either side. */
export const messageBytes = 8 + 8 + chunkBytes;

const maxAddresses = 8;
const maxDescriptors = 64;
const hostnameBytes = 68;
const addressBytes = 24;

/** What Node says. */
export type LauncherRequest =
  | {
      readonly type: 'configure';
      /** Of a TUN with virtio headers. */
      readonly mtuBytes: number;
      /** Without virtio headers, as where the kernel refuses them. */
      readonly plainTun: boolean;
      readonly resolvConfBytes: number;
      readonly hostsBytes: number;
      readonly addresses: readonly IpAddress[];
      readonly gateway: IpAddress;
      readonly hostname: string;
    }
  | { readonly type: 'file'; readonly file: 'resolv.conf' | 'hosts'; readonly data: Uint8Array }
  | { readonly type: 'spawn-data'; readonly part: 'cwd' | 'argv' | 'environment'; readonly data: Uint8Array }
  | {
      readonly type: 'spawn';
      readonly umask: number;
      readonly argumentCount: number;
      readonly variableCount: number;
      readonly descriptors: readonly number[];
      /** Soft RLIMIT_NOFILE; 0: the launcher's. */
      readonly openFiles: number;
    }
  | { readonly type: 'signal'; readonly number: number }
  | { readonly type: 'listen' | 'connect'; readonly id: number; readonly address: IpAddress; readonly port: number };

/** What the launcher says. `error` is an errno, 0 for none. */
export type LauncherReply =
  | {
      readonly type: 'ready';
      /** Root's files belong to nobody in the session. */
      readonly userNamespace: boolean;
      /** Low ports and ping are given by capabilities instead of sysctls. */
      readonly sysctlsDenied: boolean;
      /** The kernel has no IPv6: its addresses were left out. */
      readonly noIpv6: boolean;
      /** TUN_F_ bits that the TUN took: 1 checksum, 2 TSO4, 4 TSO6. */
      readonly offloads: number;
      /** Of the header that each frame begins with: 10, or 0 for a plain TUN. */
      readonly vnetHeaderBytes: number;
      readonly launcherPid: number;
      readonly mtuBytes: number;
    }
  | { readonly type: 'failed'; readonly error: number; readonly step: string; readonly text: string }
  | { readonly type: 'spawned'; readonly pid: number; readonly procError: number }
  | { readonly type: 'exec-failed'; readonly error: number; readonly code: number; readonly stage: 'exec' | 'cwd' | 'fork' }
  | { readonly type: 'stopped'; readonly signal: number }
  | { readonly type: 'exited'; readonly code: number; readonly signal: number }
  | { readonly type: 'socket'; readonly id: number; readonly error: number };

const requestTypes = { configure: 1, file: 2, 'spawn-data': 3, spawn: 4, signal: 5, listen: 6, connect: 7 } as const;
const fileParts = { 'resolv.conf': 1, hosts: 2 } as const;
const spawnParts = { cwd: 1, argv: 2, environment: 3 } as const;

/** The bytes of one message, header included. @throws RangeError for more than a fixed field holds */
export function encodeRequest(request: LauncherRequest): Uint8Array {
  const body = encodeBody(request);
  const bytes = new Uint8Array(8 + body.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, requestTypes[request.type], true);
  view.setUint32(4, body.length, true);
  bytes.set(body, 8);
  return bytes;
}

function encodeBody(request: LauncherRequest): Uint8Array {
  switch (request.type) {
    case 'configure':
      return encodeConfigure(request);
    case 'file':
      return encodeChunk(fileParts[request.file], request.data);
    case 'spawn-data':
      return encodeChunk(spawnParts[request.part], request.data);
    case 'spawn':
      return encodeSpawn(request);
    case 'signal':
      return words(request.number);
    default:
      return concatBytes([words(request.id, request.port), encodeAddress(request.address)]);
  }
}

function encodeConfigure(request: Extract<LauncherRequest, { type: 'configure' }>): Uint8Array {
  const hostname = Buffer.from(request.hostname);
  if (request.addresses.length > maxAddresses) throw new RangeError(`at most ${maxAddresses} addresses`);
  if (hostname.length > 64) throw new RangeError('a hostname has at most 64 bytes');
  const { mtuBytes, resolvConfBytes, hostsBytes, addresses } = request;
  return concatBytes([
    words(launcherWireVersion, mtuBytes, resolvConfBytes, hostsBytes, addresses.length),
    padded(concatBytes(addresses.map(encodeAddress)), maxAddresses * addressBytes),
    encodeAddress(request.gateway),
    padded(hostname, hostnameBytes),
    words(request.plainTun ? 1 : 0),
  ]);
}

function encodeSpawn(request: Extract<LauncherRequest, { type: 'spawn' }>): Uint8Array {
  if (request.descriptors.length > maxDescriptors) throw new RangeError(`at most ${maxDescriptors} inherited descriptors`);
  const { umask, argumentCount, variableCount, descriptors, openFiles } = request;
  return concatBytes([
    words(umask, argumentCount, variableCount, descriptors.length),
    padded(words(...descriptors), maxDescriptors * 4),
    words(openFiles),
  ]);
}

function encodeAddress(address: IpAddress): Uint8Array {
  return concatBytes([words(address.version, address.version === 4 ? 32 : 128), padded(address.bytes, 16)]);
}

function encodeChunk(part: number, data: Uint8Array): Uint8Array {
  if (data.length > chunkBytes) throw new RangeError(`at most ${chunkBytes} bytes in a message`);
  return concatBytes([words(part, data.length), data]);
}

function words(...values: number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setUint32(i * 4, value, true);
  return bytes;
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const whole = new Uint8Array(length);
  whole.set(bytes);
  return whole;
}

const replyBytes: Readonly<Record<number, number>> = { 101: 20, 102: 196, 103: 8, 104: 12, 105: 4, 106: 8, 107: 8 };

/** One message of the launcher, or `undefined` where the bytes are none. */
export function decodeReply(bytes: Uint8Array): LauncherReply | undefined {
  if (bytes.length < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = view.getUint32(0, true);
  if (view.getUint32(4, true) !== bytes.length - 8 || replyBytes[type] !== bytes.length - 8) return undefined;
  const word = (i: number): number => view.getUint32(8 + i * 4, true);
  const error = (i: number): number => view.getInt32(8 + i * 4, true);
  switch (type) {
    case 101:
      return decodeReady(word);
    case 102:
      return { type: 'failed', error: error(0), step: text(bytes.subarray(12, 108)), text: text(bytes.subarray(108, 204)) };
    case 103:
      return { type: 'spawned', pid: word(0), procError: error(1) };
    case 104:
      return { type: 'exec-failed', error: error(0), code: word(1), stage: (['exec', 'cwd', 'fork'] as const)[word(2)] ?? 'exec' };
    case 105:
      return { type: 'stopped', signal: word(0) };
    case 106:
      return { type: 'exited', code: word(0), signal: word(1) };
    default:
      return { type: 'socket', id: word(0), error: error(1) };
  }
}

function decodeReady(word: (i: number) => number): LauncherReply {
  const flags = word(0);
  return {
    type: 'ready',
    userNamespace: (flags & 1) !== 0,
    sysctlsDenied: (flags & 2) !== 0,
    noIpv6: (flags & 4) !== 0,
    offloads: word(1),
    vnetHeaderBytes: word(2),
    launcherPid: word(3),
    mtuBytes: word(4),
  };
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString();
}
