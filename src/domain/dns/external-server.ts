/** Public resolvers, in the order to take. */
const usual = ['8.8.8.8', '1.1.1.1', '9.9.9.9'] as const;

/**
 * Whom to ask for names that a cluster on this machine would ask of this machine again: none of this machine's own servers, whose questions go the same way.
 * @param asked - what the user said, which wins
 * @param used - name servers of this machine
 */
export function externalServer(asked: string | undefined, used: readonly string[]): string {
  return asked ?? usual.find((server) => !used.includes(server)) ?? usual[0];
}
