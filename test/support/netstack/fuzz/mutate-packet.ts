import { slowChecksum } from '../../../oracles/checksum-oracle.ts';
import { cutPacket } from '../fragments.ts';
import type { Dice } from './dice.ts';

type Mutation = (packet: Uint8Array, dice: Dice) => Uint8Array;

const extensionHeaders = [0, 43, 44, 60];
/** Values at which comparisons and signs turn. */
const edges = [0, 1, 5, 0x0f, 0x40, 0x7f, 0x80, 0xff];

const mutations: readonly Mutation[] = [
  flipBits,
  setEdges,
  truncate,
  lengthen,
  lieAboutLength,
  soupOfOptions,
  insertExtensionHeader,
  zeroRange,
];

/** One to three changes of a copy of `packet`, mostly with checksums that are right again; then perhaps cut into fragments, in some order. */
export function mutatePacket(packet: Uint8Array, dice: Dice): Uint8Array[] {
  let changed: Uint8Array = packet.slice();
  for (let count = 1 + dice.below(3); count > 0; count--) changed = dice.pick(mutations)(changed, dice);
  if (dice.chance(0.8)) repairChecksums(changed);
  return dice.chance(0.2) ? fragmentsOf(changed, dice) : [changed];
}

/** Fragments of `packet`: some are missing, doubled, out of order or out of line. */
export function fragmentsOf(packet: Uint8Array, dice: Dice): Uint8Array[] {
  const isV4 = versionOf(packet) === 4;
  if (packet.length < (isV4 ? 21 : 41)) return [packet];
  const partBytes = 8 * (1 + dice.below(Math.max(1, packet.length >> 4)));
  const parts = cutPacket(packet, partBytes, dice.below(3)).slice(0, 200);
  for (let count = dice.below(3); count > 0 && parts.length > 1; count--) dice.pick(partMutations)(parts, dice);
  for (const part of parts) repairIpv4(part);
  return parts;
}

const partMutations: readonly ((parts: Uint8Array[], dice: Dice) => void)[] = [
  (parts, dice) => parts.splice(dice.below(parts.length), 1),
  (parts, dice) => parts.splice(dice.below(parts.length), 0, dice.pick(parts)),
  (parts, dice) => parts.push(...parts.splice(dice.below(parts.length), 1)),
  (parts, dice) => {
    const part = dice.pick(parts);
    part[placeAt(part) + dice.below(2)] = dice.below(256);
  },
  // The last place that there is.
  (parts, dice) => {
    const part = dice.pick(parts);
    part.set(versionOf(part) === 4 ? [0x1f, 0xff] : [0xff, 0xf8], placeAt(part));
  },
];

/** Of the field with offset and flags. */
function placeAt(part: Uint8Array): number {
  return versionOf(part) === 4 ? 6 : 42;
}

/** Where the checksum is, from the start of the protocol's header. */
const checksumAt: Readonly<Partial<Record<number, number>>> = { 1: 2, 6: 16, 17: 6, 58: 2 };

/** Makes the header checksum and, where the protocol has one, the transport checksum right, as far as the packet's shape allows. */
function repairChecksums(packet: Uint8Array): void {
  repairIpv4(packet);
  const isV4 = versionOf(packet) === 4;
  const payloadAt = isV4 ? ((packet[0] ?? 0) & 15) * 4 : 40;
  const protocol = packet[isV4 ? 9 : 6] ?? 0;
  const fieldAt = payloadAt + (checksumAt[protocol] ?? Infinity);
  if (payloadAt < 20 || fieldAt + 2 > packet.length) return;
  packet[fieldAt] = packet[fieldAt + 1] = 0;
  const payload = packet.subarray(payloadAt);
  const pseudo = Uint8Array.of(0, 0, payload.length >> 8, payload.length & 255, 0, 0, 0, protocol);
  const addresses = packet.subarray(isV4 ? 12 : 8, isV4 ? 20 : 40);
  const sum = protocol === 1 ? slowChecksum(payload) : slowChecksum(addresses, pseudo, payload);
  packet[fieldAt] = sum >> 8;
  packet[fieldAt + 1] = sum & 255;
}

function repairIpv4(packet: Uint8Array): void {
  const headerBytes = ((packet[0] ?? 0) & 15) * 4;
  if (versionOf(packet) !== 4 || headerBytes < 20 || headerBytes > packet.length) return;
  packet[10] = packet[11] = 0;
  const sum = slowChecksum(packet.subarray(0, headerBytes));
  packet[10] = sum >> 8;
  packet[11] = sum & 255;
}

function flipBits(packet: Uint8Array, dice: Dice): Uint8Array {
  for (let count = 1 + dice.below(4); count > 0; count--) change(packet, nearStart(packet, dice), (byte) => byte ^ (1 << dice.below(8)));
  return packet;
}

function setEdges(packet: Uint8Array, dice: Dice): Uint8Array {
  for (let count = 1 + dice.below(3); count > 0; count--) change(packet, nearStart(packet, dice), () => dice.pick(edges));
  return packet;
}

function truncate(packet: Uint8Array, dice: Dice): Uint8Array {
  return packet.slice(0, nearStart(packet, dice));
}

function lengthen(packet: Uint8Array, dice: Dice): Uint8Array {
  return joined(packet, dice.bytes(1 + dice.below(100)));
}

/** Total or payload length, header length, data offset, length of a datagram. */
function lieAboutLength(packet: Uint8Array, dice: Dice): Uint8Array {
  const isV4 = versionOf(packet) === 4;
  const transportAt = isV4 ? 20 : 40;
  const at = dice.pick([isV4 ? 3 : 5, isV4 ? 2 : 4, 0, transportAt + 12, transportAt + 4, transportAt + 5]);
  change(packet, at, (byte) => (at === 0 ? (byte & 0xf0) | dice.below(16) : dice.pick([...edges, byte + 1, byte - 1, byte ^ 8])));
  return packet;
}

/** Any options between a TCP header and its payload. */
function soupOfOptions(packet: Uint8Array, dice: Dice): Uint8Array {
  const transportAt = versionOf(packet) === 4 ? 20 : 40;
  const words = 1 + dice.below(10);
  const options = Uint8Array.from({ length: words * 4 }, () => (dice.chance(0.6) ? dice.below(12) : dice.below(256)));
  const soup = joined(packet.subarray(0, transportAt + 20), options, packet.subarray(transportAt + 20));
  change(soup, transportAt + 12, () => (5 + words) << 4);
  return withLength(soup);
}

function insertExtensionHeader(packet: Uint8Array, dice: Dice): Uint8Array {
  if (versionOf(packet) !== 6 || packet.length < 40) return flipBits(packet, dice);
  const header = dice.chance(0.7) ? new Uint8Array(8) : dice.bytes(8);
  header[0] = packet[6] ?? 0;
  const longer = joined(packet.subarray(0, 40), header, packet.subarray(40));
  longer[6] = dice.pick(extensionHeaders);
  return withLength(longer);
}

function zeroRange(packet: Uint8Array, dice: Dice): Uint8Array {
  const from = nearStart(packet, dice);
  return packet.fill(0, from, from + 1 + dice.below(8));
}

/** Headers matter more than payload. */
function nearStart(packet: Uint8Array, dice: Dice): number {
  return dice.below(dice.chance(0.8) ? Math.min(packet.length, 80) : packet.length);
}

function withLength(packet: Uint8Array): Uint8Array {
  const isV4 = versionOf(packet) === 4;
  const length = packet.length - (isV4 ? 0 : 40);
  packet[isV4 ? 2 : 4] = length >> 8;
  packet[isV4 ? 3 : 5] = length & 255;
  return packet;
}

function change(packet: Uint8Array, at: number, to: (byte: number) => number): void {
  const byte = packet[at];
  if (byte !== undefined) packet[at] = to(byte);
}

function versionOf(packet: Uint8Array): number {
  return (packet[0] ?? 0) >> 4;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
