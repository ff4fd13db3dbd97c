import { describe, expect, it } from 'vitest';
import { ownerState, type OwnerState } from '../../../src/domain/session/owner-state.ts';
import type { JournalOwner } from '../../../src/domain/session/undo-journal.ts';

const self: JournalOwner = { pid: 1, startTicks: '10', bootId: 'boot', machineId: 'machine', pidNamespace: 'pid:[1]' };

describe('ownerState', () => {
  it.each<[string, Partial<JournalOwner>, string | undefined, OwnerState]>([
    ['the same process', {}, '10', 'running'],
    ['its id is another process now', {}, '11', 'dead'],
    ['nobody has its id', {}, undefined, 'dead'],
    ['another boot of this machine', { bootId: 'older', pidNamespace: 'pid:[2]' }, '10', 'dead'],
    ['another namespace: within a session, or a container', { pidNamespace: 'pid:[2]' }, '10', 'elsewhere'],
    ['another namespace in which nobody has its id', { pidNamespace: 'pid:[2]' }, undefined, 'elsewhere'],
    ['another machine with the same home', { bootId: 'other', machineId: 'other' }, undefined, 'elsewhere'],
    ['another boot of a machine without a name', { bootId: 'other', machineId: '' }, undefined, 'elsewhere'],
  ])('%s', (_, owner, startTicks, state) => {
    expect(ownerState({ ...self, ...owner }, self, startTicks)).toBe(state);
  });

  it('two machines without a name are not taken for one', () => {
    expect(ownerState({ ...self, bootId: 'other', machineId: '' }, { ...self, machineId: '' }, '10')).toBe('elsewhere');
  });
});
