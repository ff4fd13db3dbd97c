import { expect, it } from 'vitest';
import { parseEnvironmentBlock } from '../../../src/domain/session/child-environment.ts';
import { withImageVariables } from '../../../src/domain/session/image-variables.ts';

const block = (text: string): ReturnType<typeof parseEnvironmentBlock> => parseEnvironmentBlock(Buffer.from(text, 'latin1'));

it('adds what only the image sets, as bytes, and keeps the pod’s own', () => {
  const pod = block('HOSTNAME=web-inpod-abcde\0COLOUR=blue\0');
  const original = block('PATH=/app/bin\0HOSTNAME=web-7d4b9-x2x\0APP_ROOT=/app\xff\0COLOUR=blue\0');
  expect(withImageVariables(pod, original)).toEqual(block('HOSTNAME=web-inpod-abcde\0COLOUR=blue\0PATH=/app/bin\0APP_ROOT=/app\xff\0'));
});
