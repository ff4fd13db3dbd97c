import { describe, expect, it } from 'vitest';
import { answerStatusOf, errorOfAnswer } from '../../../src/adapters/kubernetes/api-errors.ts';
import { unreachable } from '../../../src/adapters/kubernetes/unreachable.ts';
import { CancelledError } from '../../../src/domain/errors.ts';
import { statusBody } from './fake-api-server.ts';

describe('errorOfAnswer', () => {
  it.each([
    [401, 'POST', 'Unauthorized', 'UNAUTHORIZED'],
    [403, 'POST', 'pods is forbidden: User "ann" cannot create resource "pods" in API group "" in the namespace "shop"', 'FORBIDDEN'],
    [403, 'GET', 'nodes is forbidden: User "ann" cannot list resource "nodes" in API group "" at the cluster scope', 'FORBIDDEN'],
    [
      403,
      'POST',
      'users "eve" is forbidden: User "ann" cannot impersonate resource "users" in API group "" at the cluster scope',
      'FORBIDDEN',
    ],
    [403, 'GET', 'something unknown', 'FORBIDDEN'],
    [403, 'POST', 'pods "inpod-a" is forbidden: exceeded quota: none, requested: pods=1, used: pods=0, limited: pods=0', 'QUOTA_EXCEEDED'],
    [403, 'POST', 'pods "inpod-a" is forbidden: failed quota: q: must specify limits.cpu for: agent', 'QUOTA_EXCEEDED'],
    [
      403,
      'POST',
      'pods "inpod-a" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false',
      'ADMISSION_REJECTED',
    ],
    [403, 'POST', 'pods "inpod-a" is forbidden: maximum memory usage per Container is 64Mi, but limit is 256Mi', 'ADMISSION_REJECTED'],
    [
      403,
      'POST',
      'pods "inpod-a" is forbidden: error looking up service account shop/robot: serviceaccount "robot" not found',
      'ADMISSION_REJECTED',
    ],
    [400, 'POST', 'admission webhook "policy.example" denied the request: no', 'ADMISSION_REJECTED'],
    [422, 'POST', "pods \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no", 'ADMISSION_REJECTED'],
    [
      403,
      'POST',
      'pods "x" is forbidden: unable to create new content in namespace shop because it is being terminated',
      'NAMESPACE_NOT_FOUND',
    ],
    [404, 'POST', 'namespaces "nope" not found', 'NAMESPACE_NOT_FOUND'],
    [404, 'GET', 'pods "x" not found', 'NOT_FOUND'],
    [409, 'POST', 'leases.coordination.k8s.io "x" already exists', 'CONFLICT'],
    [422, 'POST', 'Pod "x" is invalid: spec: Invalid value', 'API_ERROR'],
    [500, 'GET', 'etcdserver: request timed out', 'API_ERROR'],
  ])('%i on %s, %j: %4$s', (status, method, message, code) => {
    const error = errorOfAnswer(status, statusBody(status, message), { method, path: '/api' });
    expect(error).toMatchObject({ code, hint: expect.any(String) });
    expect(error.message).toContain(message);
    expect(answerStatusOf(error)).toBe(status);
  });

  it('names the namespace in a command that it recommends', () => {
    const quota = statusBody(403, 'pods "inpod-a" is forbidden: exceeded quota: none');
    expect(errorOfAnswer(403, quota, { method: 'POST', path: '/api/v1/namespaces/shop/pods' }).hint).toMatch(
      /kubectl describe quota -n shop$/,
    );
    const account = statusBody(
      403,
      'pods "inpod-a" is forbidden: error looking up service account shop/robot: serviceaccount "robot" not found',
    );
    expect(errorOfAnswer(403, account, { method: 'POST', path: '/api/v1/namespaces/shop/pods' }).hint).toMatch(
      /kubectl get serviceaccounts -n shop$/,
    );
    const lease = { method: 'POST', path: '/apis/coordination.k8s.io/v1/namespaces/shop/leases' };
    expect(errorOfAnswer(403, quota, lease).hint).toMatch(/-n shop$/);
  });

  it('sends who gave no credentials to the login, not to the administrator', () => {
    const anonymous = statusBody(
      403,
      'x is forbidden: User "system:anonymous" cannot create resource "x" in API group "" at the cluster scope',
    );
    const error = errorOfAnswer(403, anonymous, { method: 'POST', path: '/api' });
    expect(error).toMatchObject({ code: 'FORBIDDEN', hint: expect.stringMatching(/^log in/) as string });
  });

  it('copes with answers that are no Status', () => {
    expect(errorOfAnswer(502, '<html>Bad Gateway</html>', { method: 'GET', path: '/' }).message).toContain('Bad Gateway');
    expect(errorOfAnswer(503, '', { method: 'GET', path: '/' }).message).toContain('HTTP 503');
    expect(errorOfAnswer(503, null, { method: 'GET', path: '/' }).code).toBe('API_ERROR');
  });
});

describe('a conflict', () => {
  it.each([
    ['pods "web" already exists', 'choose another --name, or end what has it'],
    ['services "web" already exists', 'behind that Service: --swap'],
    ['object is being deleted: pods "web" already exists', 'try again, or choose another --name'],
    ['Operation cannot be fulfilled on leases "x": the object has been modified', 'try again'],
  ])('%s: %s', (text, hint) => {
    const error = errorOfAnswer(409, statusBody(409, text), { method: 'POST', path: '/api' });
    expect(error).toMatchObject({ code: 'CONFLICT', hint: expect.stringContaining(hint) });
  });
});

describe('unreachable', () => {
  const destination = { server: 'https://api:6443' };

  it.each([
    ['ECONNREFUSED', 'API_UNREACHABLE', 'connection refused'],
    ['ENOTFOUND', 'API_UNREACHABLE', 'its name is unknown'],
    ['ETIMEDOUT', 'API_UNREACHABLE', 'no answer in time'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'API_UNREACHABLE', "certificate isn't trusted"],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'API_UNREACHABLE', 'for another name'],
    ['CERT_HAS_EXPIRED', 'API_UNREACHABLE', 'expired'],
    ['EPROTO', 'API_UNREACHABLE', "doesn't speak TLS"],
    ['ERR_OSSL_PEM_NO_START_LINE', 'KUBECONFIG_INVALID', 'certificate or key'],
  ])('%s is %s: %s', (code, expected, text) => {
    const error = unreachable(Object.assign(new Error('x'), { code }), destination);
    expect(error).toMatchObject({ code: expected, hint: expect.any(String), message: expect.stringContaining(text) });
    if (expected === 'API_UNREACHABLE') expect(error.message).toContain('https://api:6443');
  });

  it('takes the first of several attempts, and keeps what it does not know', () => {
    expect(
      unreachable(Object.assign(new AggregateError([Object.assign(new Error('a'), { code: 'EHOSTUNREACH' })])), destination).message,
    ).toContain('no route');
    expect(unreachable(new Error('Bad response: 407'), destination).message).toContain('Bad response: 407');
  });

  it('names the proxy without its password', () => {
    const error = unreachable(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), {
      ...destination,
      proxy: 'http://ann:secret@proxy:3128',
    });
    expect(error.message).toContain('through the proxy http://proxy:3128');
    expect(error.hint).toContain('NO_PROXY');
  });

  it('passes errors of ours on', () => {
    const ours = new CancelledError();
    expect(unreachable(ours, destination)).toBe(ours);
  });
});
