import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { completionCommand } from '../../../../src/app/programs/inpod/completion-command.ts';
import { configCommand } from '../../../../src/app/programs/inpod/config-command.ts';
import { statusCommand } from '../../../../src/app/programs/inpod/status-command.ts';
import { CommandBed } from '../../../support/command-bed.ts';

/* On this very machine, with no cluster and nothing built. `doctor` loads compiled parts, which no thread may: see test/integration. */

let bed: CommandBed;
beforeEach(() => (bed = new CommandBed()));
afterEach(() => bed.close());

it('status has no cluster to ask', async () => {
  await expect(statusCommand({ kind: 'status', flags: { output: 'json' }, configFile: undefined }, bed.context)).resolves.toBe(1);
  expect(JSON.parse(bed.out)).toMatchObject({ ok: false, local: [], cluster: { error: { code: 'KUBECONFIG_INVALID' } } });
});

describe('config', () => {
  it.each([
    ['namespace: shop', 0, { ok: true, problems: [] }],
    ['a: 1\nb: 2', 1, { ok: false, problems: [{ line: 1, planned: false }, { line: 2, planned: false }] }],
  ])('check of %j: %i', async (text, code, printed) => {
    const flags = { output: 'json' };
    await expect(configCommand({ kind: 'config', action: 'check', flags, configFile: bed.writeConfig(text) }, bed.context)).resolves.toBe(code);
    expect(JSON.parse(bed.out)).toMatchObject({ ...printed, files: [join(bed.home, 'inpod.yaml')] });
  }); // prettier-ignore

  it('check takes a wrong flag for wrong usage', async () => {
    const wrong = configCommand({ kind: 'config', action: 'check', flags: { name: 'No_Label' }, configFile: undefined }, bed.context);
    await expect(wrong).rejects.toMatchObject({ code: 'FLAG_INVALID' });
  });

  it('shows what is in force, but no value of a variable', async () => {
    const text = 'namespace: shop\nenv: {PASSWORD: s3cret}\ncommand: [curl, "https://ann:s3cret@web"]';
    const flags = { output: 'json' };
    await expect(configCommand({ kind: 'config', action: 'show', flags, configFile: bed.writeConfig(text) }, bed.context)).resolves.toBe(0);
    const { settings } = JSON.parse(bed.out) as { settings: readonly { readonly key: string }[] };
    expect(settings).toContainEqual({
      key: 'namespace',
      value: 'shop',
      from: { kind: 'file', file: join(bed.home, 'inpod.yaml'), line: 1 },
    });
    expect(settings).toContainEqual(expect.objectContaining({ key: 'env.PASSWORD', value: '(hidden)' }));
    expect(bed.out).not.toContain('s3cret');
  });

  it('describes itself, with the words of the help', async () => {
    await expect(configCommand({ kind: 'config', action: 'schema', flags: {}, configFile: undefined }, bed.context)).resolves.toBe(0);
    expect(JSON.parse(bed.out)).toMatchObject({
      properties: { namespace: { description: expect.stringContaining('namespace of the pod') } },
    });
  });
});

it('completion prints a script', async () => {
  await expect(completionCommand({ kind: 'completion', shell: 'bash' }, bed.context)).resolves.toBe(0);
  expect(bed.out).toContain('complete -F _inpod inpod');
});
