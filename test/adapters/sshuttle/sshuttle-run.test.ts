import { beforeEach, describe, expect, it } from 'vitest';
import { SshuttleRun, type RunParts, type RunningProcess } from '../../../src/adapters/sshuttle/sshuttle-run.ts';
import { HostError, TunnelError } from '../../../src/domain/errors.ts';
import { deferred } from '../../../src/domain/promises.ts';
import { MemoryHosts } from '../../fakes/memory-hosts.ts';
import { MemoryMachine } from '../../fakes/memory-machine.ts';

const never = new AbortController().signal;

/** An sshuttle that makes its rules as it starts, and takes them back unless it is killed. */
class FakeProcess implements RunningProcess {
  readonly #gone = deferred<void>();
  readonly gone = this.#gone.promise;
  mayHaveLeftRules = false;
  words = 'Connected to server.';

  async end(): Promise<void> {
    this.#gone.resolve();
  }

  die(words: string, mayHaveLeftRules: boolean): void {
    Object.assign(this, { words, mayHaveLeftRules });
    this.#gone.resolve();
  }
}

describe('one run of sshuttle', () => {
  let process: FakeProcess;
  let machine: MemoryMachine;
  let calls: string[];
  let parts: RunParts;

  beforeEach(() => {
    process = new FakeProcess();
    machine = new MemoryMachine();
    calls = [];
    parts = {
      network: new MemoryHosts(),
      method: 'nft',
      hasIpv6: true,
      usedPorts: new Set(),
      changes: {
        intend: async ({ port }) => void calls.push(`intend ${port}`),
        undone: async ({ port }) => void calls.push(`undone ${port}`),
      },
      rules: machine,
      launch: async (rules) => {
        calls.push(`launch ${rules.port}`);
        await machine.make(rules);
        return process;
      },
      untilReady: async () => void calls.push('ready'),
      warn: ({ message }) => calls.push(message),
    };
  });
  const start = (changes: Partial<RunParts> = {}, signal = never): Promise<SshuttleRun> =>
    SshuttleRun.start({ ...parts, ...changes }, signal);

  it('has its rules on record before they are made, and until they are gone', async () => {
    const run = await start();
    const [port = 0] = parts.usedPorts;
    expect(calls).toEqual([`intend ${port}`, `launch ${port}`, 'ready']);
    expect([...machine.changes.values()]).toEqual([{ kind: 'sshuttle-rules', method: 'nft', port, ipv6: true }]);
    await Promise.all([run.end(), run.end()]);
    expect(calls.slice(3)).toEqual([`undone ${port}`]);
    expect([machine.changes.size, machine.undoCount]).toEqual([0, 1]);
  });

  it('is not begun where that can’t be recorded', async () => {
    const full = new HostError({ code: 'STATE_UNWRITABLE', message: 'disk full' });
    const changes = { ...parts.changes, intend: () => Promise.reject(full) };
    await expect(start({ changes })).rejects.toBe(full);
    expect(calls).toEqual([]);
  });

  it('leaves nothing where it is killed with its helper', async () => {
    const run = await start();
    process.die('', true);
    await run.gone;
    expect(machine.changes.size).toBe(1);
    await run.end();
    expect(machine.changes.size).toBe(0);
  });

  it('that ends before it is ready fails with its last words, and leaves nothing', async () => {
    const untilReady: RunParts['untilReady'] = (_words, signal) => {
      process.die('fatal: no sudo', false);
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    await expect(start({ untilReady })).rejects.toMatchObject({
      code: 'TUNNEL_FAILED',
      message: 'sshuttle ended; it said: fatal: no sudo',
    });
    expect(machine.changes.size).toBe(0);
    expect(calls.at(-1)).toMatch(/^undone/);
  });

  it('that is given up while it starts is ended', async () => {
    const reason = new Error('given up');
    const giveUp = new AbortController();
    const untilReady: RunParts['untilReady'] = async (_words, signal) => {
      giveUp.abort(reason);
      signal.throwIfAborted();
    };
    await expect(start({ untilReady }, giveUp.signal)).rejects.toBe(reason);
    expect(machine.changes.size).toBe(0);
    await expect(start({}, giveUp.signal)).rejects.toBe(reason);
    expect(parts.usedPorts.size).toBe(1);
  });

  describe('of a user whom sudo doesn’t let', () => {
    beforeEach(() => {
      machine.script = () => {
        throw new HostError({ code: 'NOT_PERMITTED', message: 'type: sudo nft' });
      };
    });

    it('is believed to have taken its rules back', async () => {
      const run = await start();
      await run.end();
      expect(calls.at(-1)).toMatch(/^undone/);
    });

    it('says the command where it was killed, and stays on record', async () => {
      const run = await start();
      process.die('', true);
      await run.end();
      expect(calls.at(-1)).toBe('type: sudo nft');
    });
  });

  it('whose rules don’t go by root’s hand is not taken for ended', async () => {
    const run = await start();
    machine.script = () => {
      throw new TunnelError({ code: 'TUNNEL_LOST', message: 'no' });
    };
    await expect(run.end()).rejects.toThrow('no');
    expect(calls.at(-1)).toBe('ready');
  });
});
