/**
 * What client and server of a playground say to each other over its Unix socket: JSON, one object a line, a connection a request. The server tells
 * progress by lines of its own, then answers by one line and ends; after the answer to `dial` the connection is the dialled stream itself.
 */
import {
  AppError,
  CancelledError,
  ClusterError,
  HostError,
  InvariantError,
  TunnelError,
  type ClusterCode,
  type ErrorDetails,
  type HostCode,
  type TunnelCode,
} from '../../domain/errors.ts';
import type { RequiredRight } from '../../domain/ports/cluster/access-review.ts';
import type { AgentPodSpec, LeaseReference, PodProgress } from '../../domain/ports/cluster/agent-pods.ts';
import type { ClusterRange } from '../../domain/ports/cluster/ranges.ts';
import type { SessionLeaseSpec } from '../../domain/ports/cluster/session-leases.ts';
import type { LeaseFacts, RepairNotice } from '../../domain/session/lease-machine.ts';
import type { SessionObjects } from '../../domain/ports/cluster/session-survey.ts';
import type { WorkloadCalls } from './workload-calls.ts';

/** Changes with every change of what is said. */
export const playgroundVersion = 2;

/** A line longer than this is not of this protocol: the longest has the agent program in it. */
export const maxLineBytes = 8_388_608;

/** What each request needs, and what it gives. */
export interface PlaygroundCalls extends WorkloadCalls {
  hello: { readonly needs: object; readonly gives: { readonly pid: number } };
  'require-namespace': { readonly needs: object; readonly gives: null };
  'missing-rights': { readonly needs: { readonly required: readonly RequiredRight[] }; readonly gives: readonly RequiredRight[] };
  ranges: { readonly needs: object; readonly gives: readonly ClusterRange[] };
  'create-lease': { readonly needs: { readonly spec: SessionLeaseSpec }; readonly gives: LeaseReference };
  'renew-lease': { readonly needs: { readonly name: string }; readonly gives: null };
  'read-lease': { readonly needs: { readonly name: string }; readonly gives: LeaseFacts | null };
  'claim-lease': { readonly needs: { readonly claim: LeaseClaim }; readonly gives: boolean };
  'leave-notice': { readonly needs: { readonly notice: RepairNotice }; readonly gives: null };
  'take-notice': { readonly needs: { readonly name: string }; readonly gives: RepairNotice | null };
  'delete-lease': { readonly needs: { readonly name: string }; readonly gives: null };
  'list-sessions': { readonly needs: object; readonly gives: SessionObjects };
  'dry-run-agent-pod': { readonly needs: { readonly spec: Omit<AgentPodSpec, 'owner'> }; readonly gives: null };
  'create-agent-pod': { readonly needs: { readonly spec: AgentPodSpec; readonly readyLimitMs: number }; readonly gives: null };
  /** A stream to the agent's port. */
  dial: { readonly needs: { readonly podName: string }; readonly gives: null };
}

/** A Lease as it was read, and who wants it. */
export interface LeaseClaim {
  readonly name: string;
  readonly facts: LeaseFacts;
  readonly by: string;
}

export type PlaygroundOperation = keyof PlaygroundCalls;
export type RequestOf<Op extends PlaygroundOperation> = PlaygroundCalls[Op]['needs'] & { readonly op: Op; readonly kubeNamespace: string };
export type ResultOf<Op extends PlaygroundOperation> = PlaygroundCalls[Op]['gives'];
export type PlaygroundRequest = { [Op in PlaygroundOperation]: RequestOf<Op> }[PlaygroundOperation];

/** One line of the server's. */
export type PlaygroundAnswer =
  | { readonly kind: 'progress'; readonly progress: PodProgress }
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'error'; readonly error: WireError };

/** An error of ours as plain data. */
export interface WireError {
  readonly fault: 'cluster' | 'tunnel' | 'host' | 'cancelled' | 'invariant';
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly details?: ErrorDetails | undefined;
  readonly transient?: boolean | undefined;
}

/** A line, newline included. */
export function formatLine(value: PlaygroundRequest | PlaygroundAnswer): string {
  return `${JSON.stringify({ version: playgroundVersion, ...value })}\n`;
}

/** What a client asks, by its line. @throws as {@link parseAnswer} */
export function parseRequest(line: string): PlaygroundRequest {
  return parseLine(line) as PlaygroundRequest;
}

/**
 * What the server says, by its line. Both sides are programs of ours, and the socket is its user's alone: versions are checked, shapes are not.
 * @throws TunnelError `PROTOCOL_MISMATCH` naming both versions; ClusterError `API_ERROR` for what is no line of this protocol
 */
export function parseAnswer(line: string): PlaygroundAnswer {
  return parseLine(line) as PlaygroundAnswer;
}

function parseLine(line: string): object {
  const value = parseJson(line) as { readonly version?: unknown } | null;
  if (typeof value !== 'object' || value === null)
    throw new ClusterError({ code: 'API_ERROR', message: 'what was heard on the socket of the playground is no line of its protocol' });
  if (value.version !== playgroundVersion) throw versionMismatch(String(value.version));
  return value;
}

/** What an error is on the wire; a bug's stack stays where it happened. */
export function toWireError(error: unknown): WireError {
  if (!(error instanceof AppError)) return { fault: 'invariant', code: 'INVARIANT', message: String(error) };
  const { code, message, hint, details } = error;
  return { fault: faultOf(error), code, message, hint, details, ...(error instanceof TunnelError ? { transient: error.transient } : {}) };
}

/** The error that was told. */
export function fromWireError({ fault, code, message, hint, details, transient }: WireError): AppError {
  const told = { message, hint, details };
  if (fault === 'cluster') return new ClusterError({ ...told, code: code as ClusterCode });
  if (fault === 'host') return new HostError({ ...told, code: code as HostCode });
  if (fault === 'tunnel') return new TunnelError({ ...told, code: code as TunnelCode, transient: transient ?? false });
  return fault === 'cancelled' ? new CancelledError(message) : new InvariantError(message, details);
}

function faultOf(error: AppError): WireError['fault'] {
  if (error instanceof ClusterError) return 'cluster';
  if (error instanceof TunnelError) return 'tunnel';
  if (error instanceof HostError) return 'host';
  return error instanceof CancelledError ? 'cancelled' : 'invariant';
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return null; // the caller says so
  }
}

function versionMismatch(theirs: string): TunnelError {
  return new TunnelError({
    code: 'PROTOCOL_MISMATCH',
    message: `the playground speaks version ${theirs} of its protocol, this program ${playgroundVersion}`,
    hint: 'start the playground again, from the same build',
  });
}
