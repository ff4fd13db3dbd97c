import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentKeyFiles } from '../../../src/adapters/host/agent-key-files.ts';

const keys = { clientPrivateKey: 'PRIVATE', agentPublicKey: 'ssh-ed25519 AAAA', agent: { name: 'dev', kubeNamespace: 'shop' } };

describe('AgentKeyFiles', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'inpod-keys-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('keeps keys for their user alone', async () => {
    const files = new AgentKeyFiles(join(folder, 'inpod/agents'));
    const path = await files.keep('k3x9q', keys);
    expect(await files.find('k3x9q')).toEqual(keys);
    expect([statSync(path).mode & 0o777, statSync(join(folder, 'inpod/agents')).mode & 0o777]).toEqual([0o600, 0o700]);
  });

  it('overwrites none', async () => {
    const files = new AgentKeyFiles(folder);
    await files.keep('k3x9q', keys);
    await expect(files.keep('k3x9q', keys)).rejects.toMatchObject({ code: 'STATE_UNWRITABLE' });
  });

  it('says where it looked for one that is not here', async () => {
    await expect(new AgentKeyFiles(folder).find('k3x9q')).rejects.toMatchObject({
      code: 'AGENT_KEY_MISSING',
      message: expect.stringContaining(`${join(folder, 'k3x9q.json')}: ENOENT`) as string,
    });
  });

  it.each(['', 'PRIVATE', '{"version":1}', '{"version":2,"clientPrivateKey":"PRIVATE"}', 'null'])('quotes nothing of a damaged one: %j', async (text) => {
    writeFileSync(join(folder, 'k3x9q.json'), text);
    const error: unknown = await new AgentKeyFiles(folder).find('k3x9q').catch((one: unknown) => one);
    expect(error).toMatchObject({ code: 'AGENT_KEY_MISSING' });
    expect(String(error)).not.toContain('PRIVATE');
  }); // prettier-ignore
});
