import { describe, expect, it } from 'vitest';
import { ownershipGivenBack } from '../../../src/adapters/kubernetes/field-ownership.ts';

const kubectl = { manager: 'kubectl', operation: 'Apply', apiVersion: 'apps/v1', subresource: '' };
const theirs = {
  manager: 'kubectl',
  operation: 'Apply',
  apiVersion: 'apps/v1',
  fieldsType: 'FieldsV1',
  fieldsV1: { 'f:spec': { 'f:template': {} } },
};
const status = { manager: 'kube-controller-manager', operation: 'Update', apiVersion: 'apps/v1', subresource: 'status', fieldsV1: {} };
const ours = { manager: 'inpod', operation: 'Update', apiVersion: 'apps/v1', fieldsV1: { 'f:spec': { 'f:replicas': {} } } };

describe('ownership of replicas', () => {
  it('goes back to the entry that had it, among its other fields', () => {
    expect(ownershipGivenBack([theirs, status, ours], [kubectl])).toEqual([
      { ...theirs, fieldsV1: { 'f:spec': { 'f:template': {}, 'f:replicas': {} } } },
      status,
    ]);
  });

  it('goes back to an owner that had nothing else, hence no entry any more', () => {
    expect(ownershipGivenBack([status, ours], [kubectl])).toEqual([
      status,
      {
        manager: 'kubectl',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': { 'f:replicas': {} } },
      },
    ]);
  });

  it('is nobody’s where it was nobody’s', () => {
    expect(ownershipGivenBack([theirs, ours], [])).toEqual([theirs]);
  });

  it('is left as it is where nothing is ours: it was given back before', () => {
    expect(ownershipGivenBack([theirs, status], [kubectl])).toBeUndefined();
  });
});
