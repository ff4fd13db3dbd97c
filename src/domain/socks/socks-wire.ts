/**
 * What a SOCKS5 client and server say to each other before the bytes of the connection itself.
 *
 *   greeting   VER=5 | NMETHODS | METHODS...                 answered   VER=5 | METHOD
 *   request    VER=5 | CMD | RSV | ATYP | DST.ADDR | DST.PORT   answered   VER=5 | REP | RSV=0 | ATYP | BND.ADDR | BND.PORT
 *
 * ATYP 1: 4 bytes; 3: a length and so many bytes of a name; 4: 16 bytes. Tor adds two commands that resolve: the answer is BND.ADDR.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc1928 | RFC 1928},
 *   {@link https://spec.torproject.org/socks-extensions.html | Tor's extensions to the SOCKS protocol}
 */
import { concatBytes } from '../bytes.ts';
import { IpAddress } from '../netstack/address/ip-address.ts';

const version = 5;

/** Methods (RFC 1928 §3) that decide something here. */
const methods = { none: 0x00, unacceptable: 0xff } as const;

/** Commands of RFC 1928 §4 and Tor's two. */
const commands: Readonly<Record<number, SocksCommand>> = { 0x01: 'connect', 0xf0: 'resolve', 0xf1: 'resolve-ptr' };

/** Reply codes (RFC 1928 §6). */
export const socksReplies = {
  succeeded: 0,
  failure: 1,
  notAllowed: 2,
  networkUnreachable: 3,
  hostUnreachable: 4,
  refused: 5,
  timedOut: 6,
  commandNotSupported: 7,
  addressTypeNotSupported: 8,
} as const;

/** BIND and UDP ASSOCIATE are not there. */
export type SocksCommand = 'connect' | 'resolve' | 'resolve-ptr';

/** What a client wants. */
export interface SocksRequest {
  readonly command: SocksCommand;
  /** An address, or a name of printable ASCII without blanks, of at most 255 characters. */
  readonly host: string;
  /** 0 to 65535. */
  readonly port: number;
}

/** Something read off the front of what a client sent, and how many bytes it was; or that more must come; or that it is none. */
export type SocksParse<T> = { readonly value: T; readonly length: number } | 'incomplete' | 'malformed';

/** @returns whether a client without credentials is welcome. Never throws. */
export function parseGreeting(bytes: Uint8Array): SocksParse<boolean> {
  if (bytes.length > 0 && bytes[0] !== version) return 'malformed';
  const count = bytes[1];
  if (count === undefined || bytes.length < 2 + count) return 'incomplete';
  return { value: bytes.subarray(2, 2 + count).includes(methods.none), length: 2 + count };
}

/** The answer to a greeting. */
export function emitMethod(isWelcome: boolean): Uint8Array {
  return Uint8Array.of(version, isWelcome ? methods.none : methods.unacceptable);
}

/** @returns the request, or the reply code that it gets. Never throws. */
export function parseRequest(bytes: Uint8Array): SocksParse<SocksRequest | number> {
  if (bytes.length > 0 && bytes[0] !== version) return 'malformed';
  const type = bytes[3];
  if (type === undefined) return 'incomplete';
  const size = addressSize(type, bytes[4]);
  // Of an address of unknown form the length is unknown as well: nothing after it makes sense.
  if (size === 'unknown') return { value: socksReplies.addressTypeNotSupported, length: bytes.length };
  if (size === undefined || bytes.length < 4 + size + 2) return 'incomplete';
  const host = hostOf(type, bytes.subarray(4, 4 + size));
  const port = ((bytes[4 + size] ?? 0) << 8) | (bytes[5 + size] ?? 0);
  return { value: requestOf(commands[bytes[1] ?? 0], host, port), length: 4 + size + 2 };
}

/** @param bound - an address, or a name of at most 255 characters of ASCII: what was resolved; unspecified where nothing is to be told */
export function emitReply(code: number, bound?: IpAddress | string): Uint8Array {
  return concatBytes([Uint8Array.of(version, code, 0), boundField(bound), Uint8Array.of(0, 0)]);
}

function requestOf(command: SocksCommand | undefined, host: string | undefined, port: number): SocksRequest | number {
  if (!command) return socksReplies.commandNotSupported;
  if (host === undefined) return socksReplies.hostUnreachable;
  return { command, host, port };
}

/** Bytes of the address field; `undefined` where they aren't known yet. */
function addressSize(type: number, first: number | undefined): number | 'unknown' | undefined {
  if (type === 1) return 4;
  if (type === 4) return 16;
  if (type !== 3) return 'unknown';
  return first === undefined ? undefined : 1 + first;
}

/** `undefined` for a name that no host can have. */
function hostOf(type: number, field: Uint8Array): string | undefined {
  if (type !== 3) return IpAddress.fromBytes(field)?.toString();
  const name = field.subarray(1);
  const isPrintable = name.length > 0 && name.every((byte) => byte > 0x20 && byte < 0x7f);
  return isPrintable ? String.fromCharCode(...name) : undefined;
}

function boundField(bound: IpAddress | string | undefined): Uint8Array {
  if (bound === undefined) return Uint8Array.of(1, 0, 0, 0, 0);
  if (typeof bound !== 'string') return Uint8Array.of(bound.version === 4 ? 1 : 4, ...bound.bytes);
  const name = Array.from(bound.slice(0, 255), (character) => character.charCodeAt(0) & 0x7f);
  return Uint8Array.of(3, name.length, ...name);
}
