import type { ByteEnvironment } from './byte-environment.ts';
import { toBinary } from './byte-text.ts';

/**
 * A pod's variables with those that only the original container's image sets. Of what both have the pod's own counts: names and addresses are among them.
 * @param original - the environment of a container that runs the original image
 */
export function withImageVariables(pod: ByteEnvironment, original: ByteEnvironment): ByteEnvironment {
  const known = new Set(pod.map(({ name }) => toBinary(name)));
  return [...pod, ...original.filter(({ name }) => !known.has(toBinary(name)))];
}
