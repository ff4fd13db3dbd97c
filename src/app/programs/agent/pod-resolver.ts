import { KeptAnswers } from '../../../domain/dns/kept-answers.ts';
import { parseResolvConf, type ResolvConf } from '../../../domain/dns/resolv-conf.ts';
import { instant } from '../../../domain/netstack/instant.ts';
import { planResolver, type ResolverPlan } from './dns-forwarder.ts';
import { readAgain } from './read-again.ts';

/** What resolv.conf says: how names are looked up, and whom to ask. */
export interface PodResolver {
  readonly conf: ResolvConf;
  readonly plan: ResolverPlan;
}

/** @returns reads the pod's resolv.conf, again when it was read more than a second ago; rejects with the file system's error */
export function followResolver(file: string): () => Promise<PodResolver> {
  return readAgain(file, (text) => ({ conf: parseResolvConf(text), plan: planResolver(text) }));
}

/** Of answers, a thousand or two of a usual size: the pod's memory is small, and they take some ten times as much of it. */
const keptBytes = 524_288;

/** No answers yet, by this process's clock. */
export function noneKept(): KeptAnswers {
  return new KeptAnswers(keptBytes, () => instant(performance.now()));
}
