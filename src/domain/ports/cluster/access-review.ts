/** One right that a session needs, and what for. */
export interface RequiredRight {
  readonly verb: string;
  /** API group; empty for the core group. */
  readonly group: string;
  /** Plural, with its subresource after a slash: `pods/portforward`. */
  readonly resource: string;
  /** Ends the sentence "needed to ...". */
  readonly purpose: string;
}

/** Asks the API what the user may do (SelfSubjectAccessReview, authorization.k8s.io/v1). */
export interface AccessReview {
  /** @returns those of `required` that the user lacks in the session's namespace. @throws ClusterError */
  missingRights(required: readonly RequiredRight[], signal: AbortSignal): Promise<readonly RequiredRight[]>;
  /** @throws ClusterError `NAMESPACE_NOT_FOUND` where the API says so to this user; a user who may not read namespaces passes */
  requireNamespace(signal: AbortSignal): Promise<void>;
}
