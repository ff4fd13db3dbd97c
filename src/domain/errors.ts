/** Every code that a message to the user may carry. Closed: a new way to fail is a new line here. */
export type ErrorCode =
  | UsageCode | HostCode | ClusterCode | TunnelCode | ResolverCode
  | 'CANCELLED' | 'INVARIANT'; // prettier-ignore

export type UsageCode =
  'CONFIG_INVALID' | 'FLAG_CONFLICT' | 'FLAG_INVALID' | 'COMMAND_UNKNOWN' | 'CONTEXT_PROTECTED' | 'OUTPUT_EXISTS' | 'NOT_IMPLEMENTED';
export type HostCode =
  | 'BINARY_MISSING' | 'NOT_PERMITTED' | 'TUN_UNAVAILABLE' | 'NAMESPACES_FORBIDDEN' | 'COMMAND_NOT_FOUND' | 'COMMAND_NOT_EXECUTABLE' | 'STATE_UNWRITABLE'
  | 'FILE_UNWRITABLE' | 'FOLDER_GONE' | 'PROGRAM_NOT_HOOKABLE' | 'AGENT_KEY_MISSING'; // prettier-ignore
export type ClusterCode =
  | 'KUBECONFIG_INVALID' | 'CONTEXT_NOT_FOUND' | 'NAMESPACE_NOT_FOUND' | 'UNAUTHORIZED' | 'FORBIDDEN' | 'NOT_FOUND' | 'CONFLICT' | 'API_UNREACHABLE' | 'API_ERROR'
  | 'ADMISSION_REJECTED' | 'QUOTA_EXCEEDED' | 'POD_UNSCHEDULABLE' | 'IMAGE_UNAVAILABLE' | 'AGENT_CRASHED' | 'POD_GONE' | 'POD_TIMEOUT'
  | 'WORKLOAD_UNSUITABLE' | 'WORKLOAD_TAKEN' | 'LEASE_CLAIMED' | 'SESSION_ALIVE'; // prettier-ignore
export type TunnelCode =
  | 'LINK_FAILED'
  | 'LINK_LOST'
  | 'HOST_KEY_MISMATCH'
  | 'PROTOCOL_MISMATCH'
  | 'AGENT_BUSY'
  | 'TUNNEL_FAILED'
  | 'TUNNEL_LOST'
  | 'UNSUPPORTED'
  | 'PORT_UNAVAILABLE'
  | 'ROUTES_OVERLAP';
export type ResolverCode = 'DNS_TIMEOUT' | 'DNS_FAILED';

/** Plain data for the log and for `-o json`; never a secret. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface ErrorOptions<C extends ErrorCode> {
  readonly code: C;
  /** One sentence: what happened, to what. */
  readonly message: string;
  /** One sentence or command: what the user can do about it. */
  readonly hint?: string | undefined;
  readonly details?: ErrorDetails | undefined;
  readonly cause?: unknown;
}

/** What every error of ours is; a plain `Error` is never thrown. */
export abstract class AppError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;
  readonly hint: string | undefined;
  readonly details: ErrorDetails;

  constructor(options: ErrorOptions<C>) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = options.code;
    this.hint = options.hint;
    this.details = options.details ?? {};
  }
}

/** The command line or the configuration is wrong. */
export class UsageError extends AppError<UsageCode> {}
/** This machine lacks or forbids something. */
export class HostError extends AppError<HostCode> {}
/** The API refused, has no such object, or can't be reached. */
export class ClusterError extends AppError<ClusterCode> {}
/** The link or the tunnel broke, or can't do what was asked. */
export class TunnelError extends AppError<TunnelCode> {
  /** Whether trying again may help. */
  readonly transient: boolean;
  constructor(options: ErrorOptions<TunnelCode> & { readonly transient?: boolean }) {
    super(options);
    this.transient = options.transient ?? false;
  }
}
/** A name could not be asked for. */
export class ResolverError extends AppError<ResolverCode> {}
/** The user ended it: released quietly. */
export class CancelledError extends AppError<'CANCELLED'> {
  constructor(message = 'cancelled', cause?: unknown) {
    super({ code: 'CANCELLED', message, cause });
  }
}
/** A bug of ours. */
export class InvariantError extends AppError<'INVARIANT'> {
  constructor(message: string, details?: ErrorDetails, cause?: unknown) {
    super({ code: 'INVARIANT', message, details, cause });
  }
}
