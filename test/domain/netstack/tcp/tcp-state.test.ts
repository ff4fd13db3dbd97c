import { expect, it } from 'vitest';
import { afterFinSent, mayReceive, mayWrite, type TcpState } from '../../../../src/domain/netstack/tcp/tcp-state.ts';

/** State, after our FIN is sent, and who may send. The other transitions are scripts: see `states.script.test.ts`. */
it.each<[TcpState, TcpState, string]>([
  ['SYN-SENT', 'SYN-SENT', 'we'],
  ['SYN-RECEIVED', 'SYN-RECEIVED', 'we'],
  ['ESTABLISHED', 'FIN-WAIT-1', 'both'],
  ['FIN-WAIT-1', 'FIN-WAIT-1', 'they'],
  ['FIN-WAIT-2', 'FIN-WAIT-2', 'they'],
  ['CLOSE-WAIT', 'LAST-ACK', 'we'],
  ['CLOSING', 'CLOSING', 'nobody'],
  ['LAST-ACK', 'LAST-ACK', 'nobody'],
  ['TIME-WAIT', 'TIME-WAIT', 'nobody'],
  ['CLOSED', 'CLOSED', 'nobody'],
])('%s', (state, sent, who) => {
  expect(afterFinSent(state)).toBe(sent);
  expect([mayWrite(state), mayReceive(state)]).toEqual([who === 'we' || who === 'both', who === 'they' || who === 'both']);
});
