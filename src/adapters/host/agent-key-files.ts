import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HostError } from '../../domain/errors.ts';
import type { AgentKeysPort, StandingAgentKeys } from '../../domain/ports/agent-keys-port.ts';
import { makeFolders } from './make-folders.ts';

/** Raised when the form of the file changes. */
const version = 1;

interface StoredKeys extends StandingAgentKeys {
  readonly version: number;
}

/** One file for each agent, `ID.json`, in a folder that only its user may enter. */
export class AgentKeyFiles implements AgentKeysPort {
  readonly #folder: string;

  /** @param folder - made when needed */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async keep(keyId: string, keys: StandingAgentKeys): Promise<string> {
    const path = this.#path(keyId);
    try {
      makeFolders(this.#folder, 0o700);
      await writeFile(path, `${JSON.stringify({ version, ...keys }, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' });
    } catch (error) {
      throw new HostError({
        code: 'STATE_UNWRITABLE',
        message: `the agent's key can't be kept: ${String(error)}`,
        hint: 'make that folder writable, or set XDG_STATE_HOME to another one',
        cause: error,
      });
    }
    return path;
  }

  async find(keyId: string): Promise<StandingAgentKeys> {
    const path = this.#path(keyId);
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      throw missing(`${path}: ${error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'}`);
    });
    const keys = keysIn(text);
    if (!keys) throw missing(`${path} is no key file of version ${version}`);
    return keys;
  }

  #path(keyId: string): string {
    return join(this.#folder, `${keyId}.json`);
  }
}

/** What the parser says of the text isn't passed on: it quotes it. */
function keysIn(text: string): StandingAgentKeys | undefined {
  try {
    const { version: found, clientPrivateKey, agentPublicKey, agent } = JSON.parse(text) as Partial<StoredKeys>;
    return found === version && clientPrivateKey && agentPublicKey && agent ? { clientPrivateKey, agentPublicKey, agent } : undefined;
  } catch {
    return undefined;
  }
}

function missing(why: string): HostError {
  return new HostError({
    code: 'AGENT_KEY_MISSING',
    message: `this machine has no key of the agent (${why})`,
    hint: 'copy that file from where `inpod manifest --agent` was run, or make the agent anew with it here',
  });
}
