import { createServer, type Server, type Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { parseBenchRequest, type BenchRequest } from '../../../domain/benchmark/bench-protocol.ts';
import { BlockReader, makeBlock } from '../../../domain/benchmark/block-stream.ts';

/** Longer than any request's first line. */
const headLimitBytes = 64;
const [moreBlock, lastBlock] = [makeBlock('more'), makeBlock('last')];

/** The far end of `inpod bench`. @returns the server, which serves whoever connects once it has been told to listen */
export function createBenchServer(): Server {
  return createServer({ noDelay: true }, answer);
}

function answer(socket: Socket): void {
  socket.on('error', () => socket.destroy());
  let head = Buffer.alloc(0);
  const onHead = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf(10);
    if (end < 0 && head.length < headLimitBytes) return;
    socket.off('data', onHead);
    const request = end < 0 ? undefined : parseBenchRequest(head.toString('latin1', 0, end));
    if (request) serve(socket, request, head.subarray(end + 1));
    else socket.destroy();
  };
  socket.on('data', onHead);
}

/** @param rest - what came behind the request's line */
function serve(socket: Socket, request: BenchRequest, rest: Buffer): void {
  if (request.kind === 'echo') {
    socket.write(rest);
    socket.pipe(socket);
  } else if (request.kind === 'up') receive(socket, rest);
  else {
    send(socket, performance.now() + request.ms);
    socket.resume();
  }
}

function send(socket: Socket, endsAt: number): void {
  while (performance.now() < endsAt) {
    if (socket.destroyed) return;
    if (socket.write(moreBlock)) continue;
    socket.once('drain', () => send(socket, endsAt));
    return;
  }
  socket.write(lastBlock);
}

function receive(socket: Socket, first: Buffer): void {
  const reader = new BlockReader((a, b) => Buffer.compare(a, b) === 0);
  const onData = (chunk: Buffer): void => {
    const state = reader.push(chunk);
    if (state === 'more') return;
    socket.off('data', onData);
    socket.end(state === 'ended' ? `ok ${reader.receivedBytes}\n` : 'wrong\n');
    socket.resume();
  };
  onData(first);
  socket.on('data', onData);
}
