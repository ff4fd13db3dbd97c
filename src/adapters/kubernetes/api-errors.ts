import { ClusterError, type ClusterCode } from '../../domain/errors.ts';

/** The API's answer to a request that it refused. @see {@link https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ | Status} */
export interface ApiStatus {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: { readonly name?: string; readonly kind?: string; readonly retryAfterSeconds?: number };
  readonly code?: number;
}

/** What was asked, for messages: `create pods`. */
export interface RequestLabel {
  readonly method: string;
  readonly path: string;
}

interface Rule {
  readonly status: number | 'any';
  readonly message?: RegExp;
  readonly method?: string;
  readonly code: ClusterCode;
  /** Begins the message; the API's own text follows. */
  readonly prefix: string;
  readonly hint: string;
}

/** The first rule that fits decides. */
const rules: readonly Rule[] = [
  { status: 401, code: 'UNAUTHORIZED', prefix: "the API server doesn't accept the credentials", hint: 'log in again, and see whether it works for kubectl: kubectl auth whoami' },
  { status: 403, message: /(exceeded|failed) quota/, code: 'QUOTA_EXCEEDED', prefix: 'the namespace has no quota left', hint: 'see what is used: kubectl describe quota -n NAMESPACE' },
  { status: 403, message: /User "system:anonymous" cannot/, code: 'FORBIDDEN', prefix: 'the kubeconfig gives no credentials, and nobody is allowed to do this', hint: 'log in, and see whether it works for kubectl: kubectl auth whoami' },
  { status: 403, message: /\bcannot \w+ resource|\bcannot (get|post|put|patch|delete) path/, code: 'FORBIDDEN', prefix: "the user isn't allowed to do this", hint: 'ask an administrator of the cluster for the right, or choose another --context, --namespace or --as' },
  { status: 403, message: /violates PodSecurity/, code: 'ADMISSION_REJECTED', prefix: 'the cluster rejects the pod', hint: "the namespace's Pod Security level doesn't admit it: kubectl get namespace NAME --show-labels" },
  { status: 403, message: /is being terminated/, code: 'NAMESPACE_NOT_FOUND', prefix: 'the namespace is being deleted', hint: 'choose another with --namespace; see what there is: kubectl get namespaces' },
  { status: 'any', message: /admission webhook .* denied|ValidatingAdmissionPolicy .* denied/, code: 'ADMISSION_REJECTED', prefix: 'the cluster rejects it', hint: 'a policy of the cluster denies it; its administrators know which' },
  { status: 403, message: /service account .*not found/, code: 'ADMISSION_REJECTED', prefix: 'the cluster rejects the pod', hint: 'name one that is there by --serviceaccount: kubectl get serviceaccounts -n NAMESPACE' },
  { status: 403, method: 'POST', code: 'ADMISSION_REJECTED', prefix: 'the cluster rejects it', hint: 'a policy of the cluster or namespace (LimitRange, admission plugin) denies it' },
  { status: 403, code: 'FORBIDDEN', prefix: "the user isn't allowed to do this", hint: 'ask an administrator of the cluster for the right, or choose another --context, --namespace or --as' },
  { status: 404, message: /^namespaces "/, code: 'NAMESPACE_NOT_FOUND', prefix: "the namespace doesn't exist", hint: 'choose another with --namespace; see what there is: kubectl get namespaces' },
  { status: 404, code: 'NOT_FOUND', prefix: "the cluster doesn't have it", hint: 'it may have been deleted meanwhile' },
  { status: 409, message: /^services ".*" already exists$/, code: 'CONFLICT', prefix: 'the name is taken', hint: 'choose another --name, or take the place of the workload behind that Service: --swap; where a session has it, inpod status tells whose it is' },
  { status: 409, message: /^object is being deleted/, code: 'CONFLICT', prefix: 'the name is taken until that is gone', hint: 'it goes when its node has ended it: try again, or choose another --name' },
  { status: 409, message: /" already exists$/, code: 'CONFLICT', prefix: 'the name is taken', hint: 'choose another --name, or end what has it: inpod status tells whose session it is' },
  { status: 409, code: 'CONFLICT', prefix: 'somebody else changed or made it', hint: 'try again' },
  { status: 'any', code: 'API_ERROR', prefix: 'the API server answers with an error', hint: 'see whether kubectl gets the same; the API server may be overloaded or starting' },
]; // prettier-ignore

/**
 * The error for an answer that isn't 2xx; the API's text, which names verb, resource and user, is kept.
 * @param body - parsed Status, or the plain text that a proxy answered
 */
export function errorOfAnswer(status: number, body: unknown, label: RequestLabel): ClusterError {
  const answer = statusOf(body);
  const text = answer.message ?? (typeof body === 'string' && body.trim() !== '' ? body.trim().slice(0, 300) : `HTTP ${status}`);
  const rule = rules.find((candidate) => fits(candidate, status, text, label.method));
  return new ClusterError({
    code: rule?.code ?? 'API_ERROR',
    message: `${rule?.prefix ?? 'the API server answers with an error'}: ${text}`,
    hint: rule?.hint.replace('NAMESPACE', namespaceOf(label.path)),
    details: { status, method: label.method, path: label.path, reason: answer.reason ?? '' },
  });
}

/** Where the request was for one; a word to be replaced where it wasn't. */
function namespaceOf(path: string): string {
  return /^\/apis?\/.*?\/?namespaces\/([^/]+)/.exec(path)?.[1] ?? 'NAMESPACE';
}

/** The status code of the answer that `error` was made of, if it was. */
export function answerStatusOf(error: unknown): number | undefined {
  const status = error instanceof ClusterError ? error.details['status'] : undefined;
  return typeof status === 'number' ? status : undefined;
}

/** Whether the API has no such object. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ClusterError && error.code === 'NOT_FOUND';
}

/** Whether a name is taken by what is on its way out. */
export function isBeingDeleted(error: unknown): boolean {
  return error instanceof ClusterError && error.code === 'CONFLICT' && error.message.includes('object is being deleted');
}

/** For what is to be gone afterwards: what is gone already is fine. @throws (rejects) as `call` for all else */
export async function unlessGone(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

function fits(rule: Rule, status: number, text: string, method: string): boolean {
  return (rule.status === 'any' || rule.status === status) && (rule.message?.test(text) ?? true) && (rule.method ?? method) === method;
}

function statusOf(body: unknown): ApiStatus {
  return typeof body === 'object' && body !== null ? body : {};
}
