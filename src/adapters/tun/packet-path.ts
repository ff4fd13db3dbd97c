import { randomBytes } from 'node:crypto';
import type { IpAddress } from '../../domain/netstack/address/ip-address.ts';
import { NetStack } from '../../domain/netstack/net-stack.ts';
import type { StackLimits } from '../../domain/netstack/stack-limits.ts';
import type { OutboundNetwork } from '../../domain/ports/tunnel-port.ts';
import { BatchSink } from './batch-sink.ts';
import type { FrameDevice } from './frame-device.ts';
import type { LauncherFacts } from './launcher-process.ts';
import { PacketPump } from './packet-pump.ts';
import { routeStackEvents } from './stack-events-router.ts';

/**
 * The kernel answers for each connection that it knows, and for one that it has forgotten by a RST, of which a full TUN may have lost the first: so that none of those stays for the session's life.
 */
const sessionLimits: Partial<StackLimits> = { keepAliveIdleMs: 300_000, keepAliveIntervalMs: 15_000, keepAliveProbes: 5 };

/** What lies between a TUN and where its traffic goes. */
export interface PacketPathParts {
  /** The path's from now on. */
  readonly device: FrameDevice;
  /** Which kind of TUN it is. */
  readonly facts: Pick<LauncherFacts, 'vnetHeaderBytes' | 'mtuBytes'>;
  readonly gateway: IpAddress;
  readonly outbound: OutboundNetwork;
  /** Sees each IP packet, both ways; valid during the call. */
  readonly capture?: ((packet: Uint8Array) => void) | undefined;
  /** The device failed: the tunnel is lost. */
  readonly failed: (error: Error) => void;
}

/** The packet core of one TUN, with its pump: it runs from the start until `close`. */
export class PacketPath {
  readonly #device: FrameDevice;
  readonly #stack: NetStack;
  readonly #pump: PacketPump;

  constructor(parts: PacketPathParts) {
    const { device, facts, gateway, outbound, failed } = parts;
    const capture = parts.capture && packetCapture(parts.capture, facts.vnetHeaderBytes);
    const sink = new BatchSink(device, capture);
    this.#device = device;
    this.#stack = new NetStack({
      mtuBytes: facts.mtuBytes,
      virtioHeader: facts.vnetHeaderBytes > 0,
      gatewayAddresses: [gateway],
      randomU32: () => randomBytes(4).readUInt32LE(),
      copyBytes: device.copyBytes,
      limits: sessionLimits,
      sink,
      events: routeStackEvents(gateway, outbound, () => this.#pump.pollSoon()),
    });
    this.#pump = new PacketPump({ device, stack: this.#stack, sink, capture, failed });
    this.#pump.start();
  }

  /** Resets what still flows, as far as its users are concerned, and closes the device. */
  close(): void {
    this.#pump.stop();
    this.#stack.close();
    this.#device.close();
  }
}

/** Captures are of IP packets: the device's header goes. */
function packetCapture(capture: (packet: Uint8Array) => void, headerBytes: number): (frame: Uint8Array) => void {
  return (frame) => capture(frame.subarray(headerBytes));
}
