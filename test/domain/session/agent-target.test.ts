import { describe, expect, it } from 'vitest';
import { parseAgentTarget } from '../../../src/domain/session/agent-target.ts';

describe('parseAgentTarget', () => {
  it.each([
    ['dev', { name: 'dev', container: undefined }],
    ['dev:agent', { name: 'dev', container: 'agent' }],
    ['deploy/dev', { name: 'dev', container: undefined }],
    ['Deployment/dev:agent', { name: 'dev', container: 'agent' }],
  ])('reads %s', (text, expected) => expect(parseAgentTarget(text)).toEqual(expected));

  it.each(['', 'Dev', 'sts/dev', 'dev:', ':agent', 'dev:a:b', 'dev agent', '-dev'])('refuses %j', (text) =>
    expect(parseAgentTarget(text)).toMatchObject({ problem: expect.stringContaining('NAME[:CONTAINER]') as string }),
  );
});
