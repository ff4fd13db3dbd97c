import { constants } from 'node:os';
import { expect, it } from 'vitest';
import { execError } from '../../../src/adapters/tun/launcher-failure.ts';

it.each([
  ['EACCES', './run.sh', /chmod \+x \.\/run\.sh/],
  ['EACCES', 'run.sh', /PATH.*chmod \+x/],
  ['ENOEXEC', './run.sh', /#!\/bin\/sh/],
] as const)('%s on %s has a hint', (errno, command, hint) => {
  const error = execError({ type: 'exec-failed', error: constants.errno[errno], code: 126, stage: 'exec' }, command, '/');
  expect(error).toMatchObject({ code: 'COMMAND_NOT_EXECUTABLE', hint: expect.stringMatching(hint) });
});
