import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import { parseDnsQuestion, responseCode } from '../../../domain/dns/dns-message.ts';
import { ResolverError } from '../../../domain/errors.ts';

/** One question to one name server. */
export interface DnsExchange {
  /** An address, with a zone where it has one. */
  readonly server: string;
  readonly port: number;
  readonly message: Uint8Array;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Asks by UDP from a fresh port (RFC 5452 §9.2): only an answer from that server, with the query's id and question, counts.
 * @throws (rejects) ResolverError `DNS_TIMEOUT`; `DNS_FAILED` where nobody listens there or the path fails
 */
export function askByUdp(exchange: DnsExchange): Promise<Uint8Array> {
  return settleOnce(exchange, (settle, fail) => {
    const socket = createSocket(isIPv6(exchange.server) ? 'udp6' : 'udp4');
    socket.on('error', fail);
    socket.on('message', (answer) => isAnswerTo(exchange.message, answer) && settle(answer));
    let isStopped = false;
    const send = (error?: Error): void => {
      if (error) fail(error);
      else if (!isStopped) socket.send(exchange.message, (failure) => failure && fail(failure));
    };
    socket.connect(exchange.port, exchange.server, send);
    return () => {
      isStopped = true;
      socket.close();
    };
  });
}

/** As {@link askByUdp}, by TCP: each message has its length in two bytes before it (RFC 1035 §4.2.2). */
export function askByTcp(exchange: DnsExchange): Promise<Uint8Array> {
  return settleOnce(exchange, (settle, fail) => {
    const socket = connect({ host: exchange.server, port: exchange.port, noDelay: true });
    let held: Buffer = Buffer.alloc(0);
    socket.on('error', fail);
    socket.on('end', () => fail(new Error('connection closed without an answer')));
    socket.on('data', (chunk: Buffer) => {
      held = Buffer.concat([held, chunk]);
      while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
        const answer = held.subarray(2, 2 + held.readUInt16BE(0));
        held = held.subarray(2 + answer.length);
        if (isAnswerTo(exchange.message, answer)) return settle(answer);
      }
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(exchange.message.length);
    socket.write(Buffer.concat([length, exchange.message]));
    return () => void socket.destroy();
  });
}

/** Whether `answer` is a response to `query`: same id, same question, or none where the server did not understand the query. */
export function isAnswerTo(query: Uint8Array, answer: Uint8Array): boolean {
  const code = responseCode(answer);
  if (code === undefined || answer[0] !== query[0] || answer[1] !== query[1]) return false;
  const asked = parseDnsQuestion(query);
  const echoed = parseDnsQuestion(answer);
  if (!asked || !echoed) return !asked || code !== 0;
  return asked.name === echoed.name && asked.type === echoed.type;
}

type Start = (settle: (answer: Uint8Array) => void, fail: (error: Error) => void) => () => void;

function settleOnce(exchange: DnsExchange, start: Start): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let isSettled = false;
    const once = (settle: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      exchange.signal.removeEventListener('abort', onAbort);
      // Not within the socket's own callback, where it may not be there yet.
      process.nextTick(() => stop());
      settle();
    };
    const onAbort = (): void => once(() => reject(resolverError(exchange, 'DNS_FAILED', 'the link went away')));
    const timer = setTimeout(
      () => once(() => reject(resolverError(exchange, 'DNS_TIMEOUT', `no answer in ${exchange.timeoutMs} ms`))),
      exchange.timeoutMs,
    );
    exchange.signal.addEventListener('abort', onAbort, { once: true });
    const stop = start(
      (answer) => once(() => resolve(answer)),
      (error) => once(() => reject(resolverError(exchange, 'DNS_FAILED', error.message, error))),
    );
  });
}

function resolverError(exchange: DnsExchange, code: 'DNS_TIMEOUT' | 'DNS_FAILED', text: string, cause?: Error): ResolverError {
  return new ResolverError({ code, message: `name server ${exchange.server}: ${text}`, cause });
}
