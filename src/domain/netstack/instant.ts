/** A point in monotonic time, in milliseconds since an arbitrary origin; may have a fraction. Never compared across processes. */
export type Instant = number & { readonly instant: unique symbol };

/** Brands `ms` as an instant of the caller's monotonic clock. */
export function instant(ms: number): Instant {
  return ms as Instant;
}

/** The instant `ms` milliseconds after `from`. */
export function later(from: Instant, ms: number): Instant {
  return (from + ms) as Instant;
}
