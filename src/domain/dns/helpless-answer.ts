import { rcodes, responseCode } from './dns-message.ts';

/** Whether an answer says only that its server can't tell (SERVFAIL, REFUSED, not implemented), so that the next server is to be asked. */
export function isHelpless(answer: Uint8Array): boolean {
  const code = responseCode(answer);
  return code === rcodes.serverFailure || code === rcodes.refused || code === 4;
}
