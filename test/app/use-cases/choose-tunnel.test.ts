import { beforeEach, describe, expect, it } from 'vitest';
import { chooseTunnel, type ChoiceParts } from '../../../src/app/use-cases/choose-tunnel.ts';
import { MemoryTunnel, type MemoryTunnelCall } from '../../fakes/memory-tunnel.ts';

const never = new AbortController().signal;
const forbidden = { usable: false, step: 'unshare', errno: 'EPERM', reason: 'forbidden', hint: 'sysctl' } as const;

describe('chooseTunnel', () => {
  let looks: string[];
  let [tun, torsocks] = [new MemoryTunnel({}), new MemoryTunnel({})];
  beforeEach(() => {
    looks = [];
    [tun, torsocks] = [new MemoryTunnel({}), new MemoryTunnel({})];
    torsocks.name = 'torsocks';
    for (const tunnel of [tun, torsocks]) tunnel.script = (call: MemoryTunnelCall) => void looks.push(`${call} ${tunnel.name}`);
  });

  const choose = (asked: ChoiceParts['asked']) =>
    chooseTunnel(
      {
        asked,
        platform: 'linux',
        tunnels: { tun, torsocks, sshuttle: new MemoryTunnel({}) },
        programs: { user: { uid: 0, gid: 0 }, find: async (name) => (looks.push(`find ${name}`), undefined) },
        command: { name: 'curl', searchPath: '/bin', cwd: '/' },
      },
      never,
    );

  it('looks at nothing more than it needs, and never twice', async () => {
    const { tunnel, reason } = await choose({ backend: 'auto', method: undefined });
    expect({ name: tunnel.name, reason }).toEqual({ name: 'tun', reason: 'the default on Linux' });
    expect(await tunnel.probe(never)).toEqual({ usable: true, notes: [] });
    expect(looks).toEqual(['probe tun']);
  });

  it('goes on to torsocks, with the program', async () => {
    tun.probeResult = forbidden;
    const { tunnel, reason } = await choose({ backend: undefined, method: undefined });
    expect({ name: tunnel.name, reason }).toEqual({ name: 'torsocks', reason: "tun can't work here: forbidden" });
    expect(looks).toEqual(['probe tun', 'probe torsocks', 'find curl']);
  });

  it('leaves a tunnel that was asked for to be probed by the plan', async () => {
    const { tunnel } = await choose({ backend: 'tun', method: undefined });
    expect(looks).toEqual([]);
    expect(tunnel).toBe(tun);
  });

  it('refuses what is not there', async () => {
    await expect(choose({ backend: 'docker', method: undefined })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});
