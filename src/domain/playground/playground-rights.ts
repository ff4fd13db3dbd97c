import type { RequiredRight } from '../ports/cluster/access-review.ts';

/** What nobody in the playground may do: as in the role `edit`, a pod's status is the kubelet's to write. */
const kubeletsOwn = ['pods/status'];
const readVerbs = ['get', 'list', 'watch'];

/** Those of `required` that the playground's one user lacks. */
export function missingInPlayground(required: readonly RequiredRight[]): readonly RequiredRight[] {
  return required.filter(({ verb, group, resource }) => group === '' && kubeletsOwn.includes(resource) && !readVerbs.includes(verb));
}
