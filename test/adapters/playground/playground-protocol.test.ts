import { describe, expect, it } from 'vitest';
import {
  formatLine,
  fromWireError,
  parseAnswer,
  parseRequest,
  playgroundVersion,
  toWireError,
} from '../../../src/adapters/playground/playground-protocol.ts';
import { CancelledError, ClusterError, HostError, InvariantError, TunnelError } from '../../../src/domain/errors.ts';

describe('lines', () => {
  it('are one line of JSON, version first', () => {
    const line = formatLine({ op: 'renew-lease', kubeNamespace: 'shop', name: 'line\nbreak' });
    expect(line).toBe(`{"version":${playgroundVersion},"op":"renew-lease","kubeNamespace":"shop","name":"line\\nbreak"}\n`);
    expect(parseRequest(line)).toMatchObject({ op: 'renew-lease', kubeNamespace: 'shop', name: 'line\nbreak' });
  });

  it('of another version are refused by both versions', () => {
    expect(() => parseAnswer('{"version":0,"kind":"result","result":null}')).toThrow(
      expect.objectContaining({ code: 'PROTOCOL_MISMATCH', message: expect.stringMatching(/version 0 .*program \d/) }),
    );
  });

  it.each(['', 'GET / HTTP/1.1', '7', 'null'])('%j is none', (line) => {
    expect(() => parseAnswer(line)).toThrow(expect.objectContaining({ code: 'API_ERROR' }));
  });
});

describe('errors', () => {
  it.each([
    new ClusterError({ code: 'POD_GONE', message: 'gone', hint: 'look', details: { pod: 'a' } }),
    new TunnelError({ code: 'LINK_FAILED', message: 'nobody', transient: true }),
    new HostError({ code: 'NAMESPACES_FORBIDDEN', message: 'forbidden', hint: 'allow it' }),
    new CancelledError(),
    new InvariantError('a bug', { at: 3 }),
  ])('$name arrives as it was', (error) => {
    const line = formatLine({ kind: 'error', error: toWireError(error) });
    const answer = parseAnswer(line);
    const arrived = answer.kind === 'error' ? fromWireError(answer.error) : undefined;
    expect(arrived).toBeInstanceOf(error.constructor);
    const { code, message, hint, details } = error;
    expect(arrived).toMatchObject({ code, message, hint, details });
    if (error instanceof TunnelError) expect(arrived).toMatchObject({ transient: error.transient });
  });

  it('that are a bug of the server say so', () => {
    expect(fromWireError(toWireError(new TypeError('x is not a function')))).toMatchObject({
      code: 'INVARIANT',
      message: 'TypeError: x is not a function',
    });
  });
});
