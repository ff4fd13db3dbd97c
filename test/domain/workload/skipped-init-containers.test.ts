import { describe, expect, it } from 'vitest';
import { requireInitContainers } from '../../../src/domain/workload/skipped-init-containers.ts';
import { workloadFacts } from '../../builders/workload-facts.ts';

const facts = workloadFacts({ initContainers: ['setup', 'migrate'] });

describe('init containers to skip', () => {
  it.each([[[]], [['setup']], [['migrate', 'setup']]])('may be any that there are: %j', (skipInit) => {
    expect(() => requireInitContainers(facts, skipInit)).not.toThrow();
  });

  it.each([
    [facts, 'it has: setup, migrate'],
    [{ ...facts, initContainers: [] }, 'it has none: leave --skip-init out'],
  ])('are refused where there is none of that name, with those there are', (of, hint) => {
    expect(() => requireInitContainers(of, ['setup2'])).toThrow(
      expect.objectContaining({
        code: 'WORKLOAD_UNSUITABLE',
        message: 'deployment/web has no init container "setup2" to skip',
        hint,
      }) as Error,
    );
  });
});
