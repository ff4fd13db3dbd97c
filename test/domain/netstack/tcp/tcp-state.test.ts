import { expect, it } from 'vitest';
import {
  afterFinAcknowledged,
  afterFinReceived,
  afterFinSent,
  mayReceive,
  mayWrite,
  type TcpState,
} from '../../../../src/domain/netstack/tcp/tcp-state.ts';

/** RFC 9293, figure 5, as a table: state, after our FIN is sent, after it is acknowledged, after the program's arrives; who may send. */
it.each<[TcpState, TcpState, TcpState, TcpState, string]>([
  ['SYN-RECEIVED', 'SYN-RECEIVED', 'SYN-RECEIVED', 'SYN-RECEIVED', 'we'],
  ['ESTABLISHED', 'FIN-WAIT-1', 'ESTABLISHED', 'CLOSE-WAIT', 'both'],
  ['FIN-WAIT-1', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSING', 'they'],
  ['FIN-WAIT-2', 'FIN-WAIT-2', 'FIN-WAIT-2', 'TIME-WAIT', 'they'],
  ['CLOSE-WAIT', 'LAST-ACK', 'CLOSE-WAIT', 'CLOSE-WAIT', 'we'],
  ['CLOSING', 'CLOSING', 'TIME-WAIT', 'CLOSING', 'nobody'],
  ['LAST-ACK', 'LAST-ACK', 'CLOSED', 'LAST-ACK', 'nobody'],
  ['TIME-WAIT', 'TIME-WAIT', 'TIME-WAIT', 'TIME-WAIT', 'nobody'],
  ['CLOSED', 'CLOSED', 'CLOSED', 'CLOSED', 'nobody'],
])('%s', (state, sent, acknowledged, received, who) => {
  expect([afterFinSent(state), afterFinAcknowledged(state), afterFinReceived(state)]).toEqual([sent, acknowledged, received]);
  expect([mayWrite(state), mayReceive(state)]).toEqual([who === 'we' || who === 'both', who === 'they' || who === 'both']);
});
