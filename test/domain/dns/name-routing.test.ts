import { describe, expect, it } from 'vitest';
import { laptopAnswerWins, laptopMayKnow, routeName } from '../../../src/domain/dns/name-routing.ts';

const laptopNames = new Set(['wiki.office.example', 'old.shop.svc.cluster.local']);
const usual = ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'node.example'];

describe('routeName', () => {
  it.each<[name: string, search: readonly string[], route: string]>([
    ['web.shop.svc.cluster.local', usual, 'cluster'],
    ['cluster.local', usual, 'cluster'],
    ['web.shop.svc.cluster.local.shop.svc.cluster.local', usual, 'cluster'],
    ['web', usual, 'cluster-then-laptop'],
    ['example.com', usual, 'cluster-then-laptop'],
    ['notcluster.local', usual, 'cluster-then-laptop'],
    ['host.node.example', usual, 'cluster-then-laptop'],
    ['', usual, 'cluster-then-laptop'],
    ['web.shop.svc.k8s.acme.example', ['shop.svc.k8s.acme.example', 'svc.k8s.acme.example', 'k8s.acme.example'], 'cluster'],
    ['web.shop.svc.cluster.local', [], 'cluster-then-laptop'],
    ['wiki.office.example', usual, 'laptop'],
    ['old.shop.svc.cluster.local', usual, 'laptop'],
    ['en.wiki.office.example', usual, 'cluster-then-laptop'],
  ])('%s with %j', (name, search, route) => {
    expect(routeName({ name, type: 1, dnsClass: 1 }, { podSearch: search, laptopNames })).toBe(route);
  });

  it.each([3, 255])('of class %i, which is no name of the internet, is the cluster’s alone', (dnsClass) => {
    expect(routeName({ name: 'version.bind', type: 16, dnsClass }, { podSearch: usual, laptopNames })).toBe('cluster');
  });
});

describe('the laptop', () => {
  it.each<[rcode: number | undefined, asked: boolean]>([
    [undefined, true],
    [0, false],
    [2, true],
    [3, true],
    [5, true],
    [4, false],
  ])('after the cluster’s code %s is asked: %s', (rcode, asked) => {
    expect(laptopMayKnow('cluster-then-laptop', rcode)).toBe(asked);
    expect(laptopMayKnow('cluster', rcode)).toBe(false);
  });

  it.each<[cluster: number | undefined, laptop: number | undefined, wins: boolean]>([
    [3, 0, true],
    [3, 3, false],
    [2, 3, false],
    [undefined, 3, true],
    [undefined, undefined, false],
    [3, undefined, false],
  ])('with the codes %s and %s wins: %s', (cluster, laptop, wins) => {
    expect(laptopAnswerWins(cluster, laptop)).toBe(wins);
  });
});
