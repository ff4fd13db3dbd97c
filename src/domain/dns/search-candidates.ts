import type { ResolvConf } from './resolv-conf.ts';

/**
 * The whole names that resolvers try for `name`, in their order, without last dots: as it is first where it has `ndots` dots, else after the search path.
 * @param conf - `options ndots:5`, 1 where it isn't said, 15 at most (resolv.conf(5))
 */
export function searchCandidates(name: string, conf: Pick<ResolvConf, 'search' | 'options'>): readonly string[] {
  const whole = name.replace(/\.$/, '');
  if (whole !== name) return [whole];
  const told = conf.options.findLast((option) => /^ndots:\d+$/.test(option))?.slice('ndots:'.length);
  const ndots = Math.min(Number(told ?? 1), 15);
  const searched = conf.search.map((domain) => (domain === '' ? name : `${name}.${domain}`));
  return name.split('.').length > ndots ? [name, ...searched] : [...searched, name];
}
