import { describe, expect, it } from 'vitest';
import { CancelledError, ClusterError, HostError, InvariantError, UsageError } from '../../../src/domain/errors.ts';
import { errorToJson, renderError } from '../../../src/app/cli/render-error.ts';

const view = { logfile: '/state/log.jsonl' };
const forbidden = new ClusterError({
  code: 'FORBIDDEN',
  message: 'not allowed:\n  create pods',
  hint: 'ask for the role edit',
  details: { verb: 'create' },
});
const unwritable = new HostError({ code: 'FILE_UNWRITABLE', message: 'no file' });

describe('an error on the terminal', () => {
  it('is message with code, then hint; no stack', () => {
    expect(renderError(forbidden, view)).toEqual(['inpod: not allowed: (FORBIDDEN)', '  create pods', 'hint: ask for the role edit']);
    expect(renderError(unwritable, view)).toEqual(['inpod: no file (FILE_UNWRITABLE)']);
  });

  it('that is joined is told one by one, cancellations and repetitions left out', () => {
    const joined = new AggregateError([forbidden, new AggregateError([new CancelledError(), unwritable, forbidden])]);
    expect(renderError(joined, view).filter((line) => line.startsWith('inpod'))).toEqual([
      'inpod: not allowed: (FORBIDDEN)',
      'inpod: no file (FILE_UNWRITABLE)',
    ]);
  });

  it('may be a cancellation alone', () => {
    expect(renderError(new CancelledError('interrupted by signal 2'), view)).toEqual(['inpod: interrupted by signal 2 (CANCELLED)']);
    expect(renderError(new AggregateError([new CancelledError(), new CancelledError()]), view)).toHaveLength(1);
  });

  it.each([new InvariantError('two leases'), new TypeError('two leases'), 'two leases'])(
    'that is our bug asks for a report: %s',
    (error) => {
      const lines = renderError(error, view);
      expect(lines.slice(0, 2)).toEqual([
        'inpod: this is a bug of inpod: two leases (INVARIANT)',
        'hint: please report it, with the log /state/log.jsonl',
      ]);
      if (error instanceof Error) expect(lines[2]).toMatch(/^ {4}at /);
    },
  );

  it("doesn't let a cluster's words drive the terminal", () => {
    const error = new UsageError({ code: 'FLAG_INVALID', message: 'a\u001b[2Jb\r\nc\u0007', hint: 'd\u009b' });
    expect(renderError(error, view)).toEqual(['inpod: a\ufffd[2Jb (FLAG_INVALID)', 'c\ufffd', 'hint: d\ufffd']);
  });
});

describe('an error as JSON', () => {
  it('is one line with all fields', () => {
    const lines = errorToJson(new AggregateError([forbidden, unwritable]), view).map((line) => JSON.parse(line) as unknown);
    expect(lines).toEqual([
      {
        kind: 'error',
        code: 'FORBIDDEN',
        message: 'not allowed:\n  create pods',
        hint: 'ask for the role edit',
        details: { verb: 'create' },
      },
      { kind: 'error', code: 'FILE_UNWRITABLE', message: 'no file', details: {} },
    ]);
  });
});
