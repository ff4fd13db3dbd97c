import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { doctorCommand } from '../../src/app/programs/inpod/doctor-command.ts';
import { CommandBed } from '../support/command-bed.ts';

/* On this very machine, with no cluster and nothing built. */

let bed: CommandBed;
beforeEach(() => (bed = new CommandBed()));
afterEach(() => bed.close());

const findings = (): ReadonlyMap<string, { readonly verdict: string; readonly summary: string }> => {
  const { findings: found } = JSON.parse(bed.out) as { findings: readonly { check: string; verdict: string; summary: string }[] };
  return new Map(found.map((finding) => [finding.check, finding]));
};

describe('doctor', () => {
  it('finds what is wrong, and leaves nothing', async () => {
    await expect(doctorCommand({ kind: 'doctor', flags: { output: 'json' }, configFile: undefined }, bed.context)).resolves.toBe(1);
    expect(findings().get('parts')).toMatchObject({ verdict: 'problem', summary: expect.stringContaining('agent.cjs') });
    expect(findings().get('tun')).toMatchObject({ verdict: 'problem' });
    expect(findings().get('kubeconfig')).toMatchObject({ verdict: 'problem' });
    expect(readdirSync(bed.home)).toEqual([]);
  });

  it('goes on where the configuration is wrong', async () => {
    const flags = { output: 'json', profile: 'x' };
    await doctorCommand({ kind: 'doctor', flags, configFile: bed.writeConfig('backend: vpn') }, bed.context);
    expect(findings().get('configuration')).toMatchObject({
      verdict: 'problem',
      summary: expect.stringContaining('inpod.yaml:1: backend'),
    });
    expect(findings().has('kubeconfig')).toBe(true);
  });

  it('refuses wrong flags', async () => {
    const wrong = doctorCommand({ kind: 'doctor', flags: { output: 'xml' }, configFile: undefined }, bed.context);
    await expect(wrong).rejects.toMatchObject({ code: 'FLAG_INVALID' });
  });
});
