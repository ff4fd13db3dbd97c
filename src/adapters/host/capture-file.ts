import { closeSync, openSync, writeSync } from 'node:fs';
import { HostError } from '../../domain/errors.ts';
import { pcapFileHeader, pcapRecord } from '../../domain/netstack/device/pcap-writer.ts';
import type { ClockPort } from '../../domain/ports/clock-port.ts';

/** A capture of the tunnel's IP packets, as Wireshark opens it. Holds what the program sent: made 0600. */
export interface CaptureFile {
  /** `packet` is valid during the call. */
  write(packet: Uint8Array): void;
  close(): void;
}

/** @throws HostError `FILE_UNWRITABLE` */
export function openCaptureFile(path: string, clock: ClockPort): CaptureFile {
  const file = openForWriting(path);
  writeSync(file, pcapFileHeader());
  return {
    write: (packet) => void writeSync(file, pcapRecord(clock.wallMs(), packet)),
    close: () => closeSync(file),
  };
}

function openForWriting(path: string): number {
  try {
    return openSync(path, 'w', 0o600);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new HostError({
      code: 'FILE_UNWRITABLE',
      message: `can't write the capture: ${reason}`,
      hint: 'give --pcap a path that you may write',
      cause,
    });
  }
}
