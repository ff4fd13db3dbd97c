import { expect, it } from 'vitest';
import { openOutput } from '../../../../src/app/programs/inpod/open-output.ts';
import { mergeSettings } from '../../../../src/app/config/merge-settings.ts';
import { CommandBed } from '../../../support/command-bed.ts';

it.each([
  ['of the state folder', {}, 'XDG_STATE_HOME'],
  ['that was named', { logfile: '/dev/null/log' }, '--logfile'],
])('a log %s that cannot be written says what helps', (_what, flags, hint) => {
  const bed = new CommandBed();
  try {
    const environment = { XDG_STATE_HOME: '/dev/null' };
    const settings = mergeSettings({ flags, environment, cwd: '/', home: bed.home });
    expect(() => openOutput(settings, 'k3x9q', { ...bed.context, environment })).toThrow(
      expect.objectContaining({ code: 'FILE_UNWRITABLE', hint: expect.stringContaining(hint) as string }),
    );
  } finally {
    bed.close();
  }
});
