import { describe, expect, it } from 'vitest';
import { CancelledError, ClusterError, HostError, InvariantError, UsageError } from '../../../src/domain/errors.ts';
import { exitCodeOfChild, exitCodeOfError } from '../../../src/app/cli/exit-code.ts';
import { InterruptedError } from '../../../src/app/use-cases/run-process.ts';

const usage = new UsageError({ code: 'FLAG_INVALID', message: 'm' });
const cluster = new ClusterError({ code: 'FORBIDDEN', message: 'm' });
const notFound = new HostError({ code: 'COMMAND_NOT_FOUND', message: 'm' });
const notExecutable = new HostError({ code: 'COMMAND_NOT_EXECUTABLE', message: 'm' });
const cancelled = new CancelledError();
const terminated = new InterruptedError(15);

describe('exit codes', () => {
  it.each([
    [{ code: 0 }, 0],
    [{ code: 7 }, 7],
    [{ signal: 9 }, 137],
    [{ signal: 2 }, 130],
  ])('of a child that ended with %j: %i', (exit, code) => {
    expect(exitCodeOfChild(exit)).toBe(code);
  });

  it.each([
    ['run', usage, 125],
    ['run', cluster, 125],
    ['run', new InvariantError('m'), 125],
    ['run', new TypeError('m'), 125],
    ['run', notFound, 127],
    ['run', notExecutable, 126],
    ['run', cancelled, 130],
    ['run', terminated, 143],
    ['run', new AggregateError([cancelled, cluster]), 125],
    ['run', new AggregateError([terminated, cancelled]), 143],
    ['run', new AggregateError([new AggregateError([notFound]), cluster]), 127],
    ['restore', usage, 2],
    ['restore', cluster, 1],
    ['restore', new TypeError('m'), 1],
    ['restore', cancelled, 130],
    ['plan', usage, 2],
    [undefined, usage, 2],
  ])('of %s failing with %s: %i', (command, error, code) => {
    expect(exitCodeOfError(error, { command })).toBe(code);
  });
});
