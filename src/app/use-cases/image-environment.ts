import { AppError, CancelledError } from '../../domain/errors.ts';
import type { TemplateUse } from '../../domain/ports/cluster/agent-pods.ts';
import type { ByteEnvironment } from '../../domain/session/byte-environment.ts';
import { atMost } from './at-most.ts';
import { runStep, type Opening } from './session-parts.ts';

/** Nobody waits longer for what is a nicety. */
const limitMs = 5000;

/**
 * The environment of a container of the original image, before its workload is touched.
 * @returns `undefined` where none runs, or one may not look; the step says so
 */
export async function readImageEnvironment(opening: Opening, template: TemplateUse | undefined): Promise<ByteEnvironment | undefined> {
  const { containers } = opening.parts.cluster;
  if (!template || !containers) return undefined;
  return runStep(opening, 'image', async () => {
    const over = new AbortController();
    try {
      let found: ByteEnvironment | undefined;
      const reading = containers.readEnvironment(template, template.container, over.signal).then((environment) => {
        found = environment;
      });
      await atMost(opening.parts.clock, limitMs, reading);
      return [
        found,
        found ? `${found.length} variables of the original container` : 'no container of it runs: its image may set more variables',
      ];
    } catch (error) {
      if (!(error instanceof AppError) || error instanceof CancelledError) throw error;
      return [undefined, `its image may set more variables: ${error.message}`];
    } finally {
      over.abort();
    }
  });
}
