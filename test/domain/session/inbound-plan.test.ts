import { describe, expect, it } from 'vitest';
import { inboundProblems, parseExposedPort, parsePort, type InboundPlan } from '../../../src/domain/session/inbound-plan.ts';

describe('parsePort', () => {
  it.each([
    ['1', 1],
    ['80', 80],
    ['65535', 65_535],
    ['8080/tcp', 8080],
  ])('reads %s', (text, port) => expect(parsePort(text)).toBe(port));

  it.each(['0', '65536', '-1', '', 'http', '80.5', '80x', '999999'])('refuses %j', (text) =>
    expect(parsePort(text)).toMatchObject({ problem: expect.stringContaining('from 1 to 65535') }),
  );

  it('says that UDP can not be had', () => {
    expect(parsePort('53/udp')).toEqual({ problem: "53/udp: UDP can't be forwarded into a session; TCP ports only" });
  });
});

describe('parseExposedPort', () => {
  it.each([
    ['8080', { localPort: 8080, podPort: 8080 }],
    ['8080:80', { localPort: 8080, podPort: 80 }],
  ])('reads %s', (text, expected) => expect(parseExposedPort(text)).toEqual(expected));

  it.each([
    [':80', 'is no port'],
    ['8080:', 'is no port'],
    ['8080:80:1', 'LOCAL:POD'],
    ['8080:53/udp', 'UDP'],
    ['web', 'is no port'],
  ])('refuses %j', (text, part) => expect(parseExposedPort(text)).toMatchObject({ problem: expect.stringContaining(part) }));
});

describe('inboundProblems', () => {
  const plan = (changes: Partial<InboundPlan>): InboundPlan => ({
    expose: [],
    toPod: [],
    fromPod: [],
    fromHost: [],
    publish: true,
    ...changes,
  });
  const exposed = (localPort: number, podPort = localPort): InboundPlan['expose'][number] => ({ localPort, podPort });

  it.each([
    [plan({})],
    [plan({ expose: [exposed(8080, 80), exposed(8080, 81)] })],
    [plan({ expose: [exposed(8080, 80)], toPod: [8080], fromPod: [6379], fromHost: [5432] })],
    [plan({ expose: [exposed(8080, 6379)], fromPod: [6379] })],
  ])('has nothing against what can be had at once', (wanted) => expect(inboundProblems(wanted)).toEqual([]));

  it.each([
    [plan({ expose: [exposed(1, 80), exposed(2, 80)] }), ['--expose 2:80 and --expose 1:80 both want port 80 of the pod']],
    [plan({ expose: [exposed(80), exposed(80)] }), ['--expose 80 is given twice']],
    [plan({ expose: [exposed(80)], toPod: [80] }), ['--to-pod 80 and --expose 80 both want port 80 of the pod']],
    [plan({ expose: [exposed(80, 61_022)] }), ["--expose 80:61022 and inpod's agent both want port 61022 of the pod"]],
    [plan({ expose: [exposed(80)], fromPod: [80] }), ["--from-pod 80 and --expose 80 both want port 80 of the process's localhost"]],
    [plan({ fromPod: [80], fromHost: [80] }), ["--from-host 80 and --from-pod 80 both want port 80 of the process's localhost"]],
  ])('names both sides of each conflict', (wanted, problems) => expect(inboundProblems(wanted)).toEqual(problems));
});
