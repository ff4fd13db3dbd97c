import { describe, expect, it } from 'vitest';
import { createContainer } from '../../src/app/wiring/container.ts';
import { programFiles } from '../../src/app/wiring/program-files.ts';
import { tokens } from '../../src/app/wiring/tokens.ts';

describe('createContainer', () => {
  const context = {
    environment: {},
    home: '/home/nobody',
    sessionsFolder: '/nowhere',
    agentsFolder: '/nowhere',
    files: programFiles('/nowhere/dist'),
    linkSilenceMs: 15_000,
    podReadyMs: 300_000,
  };

  it.each(Object.entries(tokens))('resolves %s, always to the same object', (_, token) => {
    const container = createContainer(context);
    const resolved = container.get<unknown>(token);
    expect(resolved).toBeDefined();
    expect(container.get<unknown>(token)).toBe(resolved);
  });
});
