import { describe, expect, it } from 'vitest';
import { describeMissingRights, rightsToRun } from '../../../src/domain/session/required-rights.ts';

describe('rightsToRun', () => {
  it('names each right once', () => {
    const keys = rightsToRun.map(({ verb, group, resource }) => `${verb} ${group}/${resource}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('has no right to read Secrets, and none outside a namespace', () => {
    const verbs = rightsToRun.filter(({ resource }) => resource === 'secrets').map(({ verb }) => verb);
    expect(verbs).toEqual(['create']);
    expect(rightsToRun.some(({ resource }) => resource === 'nodes' || resource === 'namespaces')).toBe(false);
  });
});

describe('describeMissingRights', () => {
  it('says all that is missing, with group and purpose', () => {
    const missing = rightsToRun.filter(({ verb, resource }) => verb === 'create' && (resource === 'leases' || resource === 'pods'));
    expect(describeMissingRights(missing, 'shop')).toBe(
      'not allowed in namespace shop:\n' +
        '  create leases.coordination.k8s.io: to own what the session makes, so that it all goes together\n' +
        '  create pods: to run the agent pod',
    );
  });
});
