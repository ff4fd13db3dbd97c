import { rcodes, type DnsQuestion } from './dns-message.ts';

/** Whom to ask: the cluster alone, or the laptop as well where the cluster doesn't know. */
export type NameRoute = 'cluster' | 'cluster-then-laptop';

const internet = 1;

/**
 * Names below the cluster's domain are the cluster's alone: asking the laptop would leak them and answer slowly. So are questions that aren't about names
 * of the internet's class (`version.bind`): they are about the name server that is asked.
 * @param podSearch - the pod's search path, from which the cluster's domain is read
 */
export function routeName({ name, dnsClass }: DnsQuestion, podSearch: readonly string[]): NameRoute {
  if (dnsClass !== internet) return 'cluster';
  return clusterDomains(podSearch).some((domain) => name === domain || name.endsWith(`.${domain}`)) ? 'cluster' : 'cluster-then-laptop';
}

/** Whether the cluster's answer leaves the question open for the laptop: an unknown name, or no usable answer at all. */
export function laptopMayKnow(route: NameRoute, clusterRcode: number | undefined): boolean {
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
