import { slowChecksum } from '../../oracles/checksum-oracle.ts';

export interface RawFragment {
  readonly offsetBytes: number;
  readonly more: boolean;
  readonly payload: Uint8Array;
  readonly identification: number;
  /** IPv6: before the fragment header, each of 8 bytes. IPv4: none. */
  readonly extensions?: readonly number[];
}

/** The packet `whole`, built by `buildPacket`, as `fragment` of it would be; made without any code of the stack. */
export function buildFragment(whole: Uint8Array, fragment: RawFragment): Uint8Array {
  return (whole[0] ?? 0) >> 4 === 4 ? buildIpv4(whole, fragment) : buildIpv6(whole, fragment);
}

/** All fragments of `whole`, `partBytes` of payload in each, in order. */
export function cutPacket(whole: Uint8Array, partBytes: number, identification = 7): Uint8Array[] {
  const payload = whole.subarray((whole[0] ?? 0) >> 4 === 4 ? 20 : 40);
  return Array.from({ length: Math.ceil(payload.length / partBytes) }, (_, i) => {
    const end = (i + 1) * partBytes;
    const part = { offsetBytes: i * partBytes, more: end < payload.length, payload: payload.subarray(i * partBytes, end) };
    return buildFragment(whole, { ...part, identification });
  });
}

/** Puts the fragments of one datagram, in order, together again. Throws where they aren't that, or one has a wrong header. */
export function joinFragments(frames: readonly Uint8Array[]): Uint8Array {
  const parts = frames.map(readFragment);
  const [first] = parts;
  if (!first) throw new RangeError('no fragment');
  let at = 0;
  for (const [i, part] of parts.entries()) {
    if (part.identification !== first.identification || part.offsetBytes !== at) throw new RangeError(`fragment ${i} is out of place`);
    if (part.more !== i < parts.length - 1) throw new RangeError(`fragment ${i} has a wrong flag`);
    at += part.payload.length;
  }
  const payload = Buffer.concat(parts.map((part) => part.payload));
  return wholeOf(frames[0] ?? new Uint8Array(0), first.protocol, payload);
}

function buildIpv4(whole: Uint8Array, { offsetBytes, more, payload, identification }: RawFragment): Uint8Array {
  const bytes = joined(whole.subarray(0, 20), payload);
  const view = new DataView(bytes.buffer);
  view.setUint16(2, bytes.length);
  view.setUint16(4, identification);
  view.setUint16(6, (more ? 0x2000 : 0) | (offsetBytes / 8));
  view.setUint16(10, 0);
  view.setUint16(10, slowChecksum(bytes.subarray(0, 20)));
  return bytes;
}

function buildIpv6(whole: Uint8Array, { offsetBytes, more, payload, identification, extensions = [] }: RawFragment): Uint8Array {
  const protocols = [...extensions, 44];
  // Of options one, padding; of a routing header no segments left.
  const chain = extensions.flatMap((own, i) => [protocols[i + 1] ?? 44, 0, ...(own === 43 ? [0, 0] : [1, 4]), 0, 0, 0, 0]);
  const header = Uint8Array.of(whole[6] ?? 0, 0, 0, 0, 0, 0, 0, 0);
  const bytes = joined(whole.subarray(0, 40), Uint8Array.from(chain), header, payload);
  const view = new DataView(bytes.buffer);
  view.setUint16(4, bytes.length - 40);
  view.setUint8(6, protocols[0] ?? 44);
  view.setUint16(40 + chain.length + 2, offsetBytes | (more ? 1 : 0));
  view.setUint32(40 + chain.length + 4, identification);
  return bytes;
}

function readFragment(bytes: Uint8Array): RawFragment & { readonly protocol: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if ((bytes[0] ?? 0) >> 4 === 4) {
    if (view.getUint16(2) !== bytes.length || slowChecksum(bytes.subarray(0, 20)) !== 0) throw new RangeError('IPv4 header');
    const field = view.getUint16(6);
    const place = { identification: view.getUint16(4), offsetBytes: (field & 0x1fff) * 8, more: (field & 0x2000) !== 0 };
    return { ...place, protocol: bytes[9] ?? 0, payload: bytes.subarray(20) };
  }
  if (view.getUint16(4) !== bytes.length - 40 || bytes[6] !== 44) throw new RangeError('IPv6 header');
  const field = view.getUint16(42);
  const place = { identification: view.getUint32(44), offsetBytes: field & 0xfff8, more: (field & 1) !== 0 };
  return { ...place, protocol: bytes[40] ?? 0, payload: bytes.subarray(48) };
}

function wholeOf(fragment: Uint8Array, protocol: number, payload: Uint8Array): Uint8Array {
  const isV4 = (fragment[0] ?? 0) >> 4 === 4;
  const bytes = joined(fragment.subarray(0, isV4 ? 20 : 40), payload);
  const view = new DataView(bytes.buffer);
  if (!isV4) {
    view.setUint16(4, payload.length);
    bytes[6] = protocol;
    return bytes;
  }
  view.setUint16(2, bytes.length);
  view.setUint32(4, 0x4000);
  view.setUint16(10, 0);
  view.setUint16(10, slowChecksum(bytes.subarray(0, 20)));
  return bytes;
}

/** In an array buffer of its own. */
function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
