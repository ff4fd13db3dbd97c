import { rcodes, type DnsQuestion } from './dns-message.ts';

/** Whom to ask: one of the two alone, or the laptop as well where the cluster doesn't know. */
export type NameRoute = 'cluster' | 'cluster-then-laptop' | 'laptop';

/** What decides it, besides the question. */
export interface NameRouting {
  /** The pod's search path, from which the cluster's domain is read. */
  readonly podSearch: readonly string[];
  /** Names of `--never-proxy`, in lower case, without a last dot. */
  readonly laptopNames: ReadonlySet<string>;
}

const internet = 1;

/**
 * Names below the cluster's domain are the cluster's alone: asking the laptop would leak them and answer slowly. So are questions that aren't about names
 * of the internet's class (`version.bind`): they are about the name server that is asked.
 */
export function routeName({ name, dnsClass }: DnsQuestion, { podSearch, laptopNames }: NameRouting): NameRoute {
  if (dnsClass !== internet) return 'cluster';
  if (laptopNames.has(name)) return 'laptop';
  return clusterDomains(podSearch).some((domain) => name === domain || name.endsWith(`.${domain}`)) ? 'cluster' : 'cluster-then-laptop';
}

/** Whether the cluster's answer leaves the question open for the laptop: an unknown name, or no usable answer at all. */
export function laptopMayKnow(route: Exclude<NameRoute, 'laptop'>, clusterRcode: number | undefined): boolean {
  if (route === 'cluster') return false;
  return (
    clusterRcode === undefined ||
    clusterRcode === rcodes.nameError ||
    clusterRcode === rcodes.serverFailure ||
    clusterRcode === rcodes.refused
  );
}

/**
 * Of the two answers' codes, whether the laptop's is the better one. The cluster's NXDOMAIN stays when the laptop knows no more, since it is what a pod would see.
 */
export function laptopAnswerWins(clusterRcode: number | undefined, laptopRcode: number | undefined): boolean {
  if (laptopRcode === undefined) return false;
  return laptopRcode === rcodes.noError || clusterRcode === undefined;
}

/** `ns.svc.DOMAIN` and `svc.DOMAIN` in the search path name DOMAIN; a search entry of another kind (the node's own) is not the cluster's. */
function clusterDomains(podSearch: readonly string[]): readonly string[] {
  return podSearch.flatMap((entry) => {
    const match = /^(?:[^.]+\.)?svc\.(.+)$/.exec(entry);
    return match?.[1] ? [match[1]] : [];
  });
}
