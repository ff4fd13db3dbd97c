import { emptyAnswer, rcodes, responseCode } from './dns-message.ts';
import { laptopAnswerWins, laptopMayKnow, type NameRoute } from './name-routing.ts';
import type { NameSide } from './told-name.ts';

/** One answer in wire form, and who gave it. */
export interface SidedAnswer {
  readonly message: Uint8Array;
  readonly side: NameSide;
  /** Whether it holds until its TTL: not where a side that was asked could not tell. */
  readonly mayBeKept: boolean;
}

/** What came of asking the cluster. */
export interface ClusterSaid {
  /** `undefined` where nobody answered. */
  readonly message: Uint8Array | undefined;
  /** Whether all of it that was asked knew: what fails may be known a moment later. */
  readonly isSettled: boolean;
}

/** Asks the laptop's own servers. @returns `undefined` where nobody answered. Never rejects */
export type AskLaptop = () => Promise<Uint8Array | undefined>;

/** Whether a server knows: that the name is there, or that it isn't. */
export function isSettled(answer: Uint8Array | undefined): boolean {
  const rcode = answer && responseCode(answer);
  return rcode === rcodes.noError || rcode === rcodes.nameError;
}

/** The cluster's answer, or the laptop's where that one leaves the question open and the laptop knows better. @param askLaptop - where it can be asked */
export async function weighSides(
  query: Uint8Array,
  route: Exclude<NameRoute, 'laptop'>,
  cluster: ClusterSaid,
  askLaptop?: AskLaptop,
): Promise<SidedAnswer> {
  const clusterRcode = cluster.message && responseCode(cluster.message);
  let mayBeKept = cluster.isSettled;
  if (askLaptop && laptopMayKnow(route, clusterRcode)) {
    const message = await askLaptop();
    if (message && laptopAnswerWins(clusterRcode, responseCode(message))) return { message, side: 'laptop', mayBeKept };
    mayBeKept &&= isSettled(message);
  }
  return cluster.message ? { message: cluster.message, side: 'cluster', mayBeKept } : nobodys(query);
}

/** The laptop's answer for a name that is its alone. @param message - `undefined` where nobody answered */
export function laptopAlone(query: Uint8Array, message: Uint8Array | undefined): SidedAnswer {
  return message ? { message, side: 'laptop', mayBeKept: responseCode(message) === rcodes.noError } : nobodys(query);
}

function nobodys(query: Uint8Array): SidedAnswer {
  return { message: emptyAnswer(query, rcodes.serverFailure), side: 'nobody', mayBeKept: false };
}
