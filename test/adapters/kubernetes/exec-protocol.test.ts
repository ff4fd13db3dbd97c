import { describe, expect, it } from 'vitest';
import { execInfo, parseExecCredential } from '../../../src/adapters/kubernetes/exec-protocol.ts';
import type { ExecEntry } from '../../../src/adapters/kubernetes/kubeconfig-entries.ts';

const exec: ExecEntry = { apiVersion: 'client.authentication.k8s.io/v1', command: 'login', args: [], env: [], provideClusterInfo: false };
const cluster = { name: 'c', server: 'https://api', skipTlsVerify: false, execConfig: { a: 1 } };
const credential = (status: object): string => JSON.stringify({ kind: 'ExecCredential', apiVersion: exec.apiVersion, status });

describe('execInfo', () => {
  it('tells the version, and of the cluster only where asked', () => {
    expect(JSON.parse(execInfo(exec, cluster, 'CA'))).toEqual({
      kind: 'ExecCredential',
      apiVersion: exec.apiVersion,
      spec: { interactive: false },
    });
    expect(JSON.parse(execInfo({ ...exec, provideClusterInfo: true }, cluster, 'CA'))).toMatchObject({
      spec: { cluster: { server: 'https://api', 'certificate-authority-data': 'CA', config: { a: 1 } } },
    });
  });
});

describe('parseExecCredential', () => {
  it('reads a token with its end', () => {
    const answer = parseExecCredential(credential({ token: 't', expirationTimestamp: '2026-01-01T00:00:00Z' }));
    expect(answer).toEqual({ credential: { token: 't', certificate: undefined, key: undefined }, expiresAtMs: Date.UTC(2026, 0, 1) });
  });

  it('reads a certificate without end', () => {
    expect(parseExecCredential(credential({ clientCertificateData: 'c', clientKeyData: 'k' }))).toMatchObject({
      credential: { certificate: 'c', key: 'k' },
      expiresAtMs: Infinity,
    });
  });

  it.each([
    ['not json secret', "isn't JSON"],
    ['null', "isn't an ExecCredential"],
    ['{}', "isn't an ExecCredential"],
    [credential({}), 'neither'],
    [credential({ clientCertificateData: 'c' }), 'neither'],
    [JSON.stringify({ kind: 'ExecCredential', status: null }), 'neither'],
  ])('gives a reason for %s', (output, reason) => {
    expect(parseExecCredential(output)).toContain(reason);
    expect(parseExecCredential(output)).not.toContain('secret');
  });
});
