import { HostError } from '../errors.ts';
import type { TunnelProbe } from '../ports/tunnel-port.ts';

/**
 * @param reason - which program, and why it can't be hooked
 * @param tun - where the backend that would carry it was tried, and can't work
 * @returns HostError `PROGRAM_NOT_HOOKABLE`
 */
export function programRefusal(reason: string, tun?: Extract<TunnelProbe, { usable: false }>): HostError {
  return new HostError({
    code: 'PROGRAM_NOT_HOOKABLE',
    message: `${reason}: torsocks can't carry its connections, and they would leave from this machine`,
    hint: tun
      ? `the backend tun carries every program, but can't work here: ${tun.reason} (${tun.step}: ${tun.errno}); ${tun.hint}`
      : 'use --backend tun, which carries every program; inpod doctor says what it needs here',
  });
}
