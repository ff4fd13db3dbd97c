/** The fields of an object as JSON has it: client-node declares classes, which nobody makes here. */
export function plain<T extends object>(object: T | undefined): { readonly [K in keyof T]?: T[K] } {
  return object ?? {};
}
