/** Factors of a quantity's suffix. @see {@link https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ | Quantity} */
const factors: Readonly<Record<string, number>> = {
  m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
}; // prettier-ignore

/** The larger of two quantities, as it was written; one that can't be read is left as it is. */
export function atLeast(quantity: string, least: string): string {
  return valueOf(quantity) < valueOf(least) ? least : quantity;
}

/** NaN for what is no quantity, which no comparison finds smaller. */
function valueOf(quantity: string): number {
  const [, number = '', suffix = ''] = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(quantity) ?? [];
  return Number.parseFloat(number) * (factors[suffix] ?? Number.NaN);
}
