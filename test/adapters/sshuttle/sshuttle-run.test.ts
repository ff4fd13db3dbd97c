import { beforeEach, describe, expect, it } from 'vitest';
import { SshuttleRun, type RunParts, type RunningProcess } from '../../../src/adapters/sshuttle/sshuttle-run.ts';
import { HostError, TunnelError } from '../../../src/domain/errors.ts';
import type { Endpoint } from '../../../src/domain/netstack/address/endpoint.ts';
import { ip } from '../../../src/domain/netstack/address/ip-address.ts';
import { abortable, deferred } from '../../../src/domain/promises.ts';
import { MemoryMachine, rulesOf } from '../../fakes/memory-machine.ts';

const never = new AbortController().signal;
const port = 12_300;
const listening: readonly Endpoint[] = [
  { address: ip('127.0.0.1'), port },
  { address: ip('::1'), port },
];

/** An sshuttle that takes its rules back unless it is killed. */
class FakeProcess implements RunningProcess {
  readonly #gone = deferred<void>();
  readonly gone = this.#gone.promise;
  readonly pid = 4713;
  readonly scripts: string[] = [];
  mayHaveLeftRules = false;
  words = 'Connected to server.';

  leaveRulesTo(script: string): void {
    this.scripts.push(script);
  }

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
  /** What its ssh does. */
  let knock: () => Promise<void>;

  beforeEach(() => {
    process = new FakeProcess();
    machine = new MemoryMachine();
    calls = [];
    knock = () => Promise.reject(new Error('no way'));
    parts = {
      method: 'nft',
      changes: {
        intend: async (change) => void calls.push(`intend ${change.port}`),
        undone: async (change) => void calls.push(`undone ${change.port}`),
      },
      rules: { undo: (change) => machine.undo(change), scriptOf: (change) => `remove ${change.port}` },
      launch: async () => process,
      listeningOf: async (pid) => (pid === process.pid ? listening : []),
      guardWay: (admitted) => (knock = admitted),
      // As sshuttle: what it makes it makes when its ssh has got through.
      untilReady: async ({ begun }, signal) => {
        await knock();
        await abortable(begun, signal);
        calls.push('makes rules');
        await machine.make(rulesOf(port));
      },
      warn: ({ message }) => calls.push(message),
    };
  });
  const start = (changes: Partial<RunParts> = {}, signal = never): Promise<SshuttleRun> =>
    SshuttleRun.start({ ...parts, ...changes }, signal);

  it('has its rules on record before they can be made, and until they are gone', async () => {
    const run = await start();
    expect(calls).toEqual([`intend ${port}`, 'makes rules']);
    expect(process.scripts).toEqual([`remove ${port}`]);
    await Promise.all([run.end(), run.end()]);
    expect(calls.slice(2)).toEqual([`undone ${port}`]);
    expect([machine.changes.size, machine.undoCount]).toEqual([0, 1]);
  });

  it('has them on record once, however often its ssh knocks', async () => {
    const run = await start();
    await Promise.all([knock(), knock()]);
    await run.end();
    expect(calls.filter((call) => call.startsWith('intend'))).toHaveLength(1);
    await expect(knock()).rejects.toMatchObject({ errno: 'ECONNREFUSED' });
  });

  it('lets nobody through while sshuttle doesn’t listen: that isn’t its ssh', async () => {
    const untilReady: RunParts['untilReady'] = () => expect(knock()).rejects.toMatchObject({ errno: 'ECONNREFUSED' });
    const run = await start({ listeningOf: async () => [], untilReady });
    await run.end();
    expect([calls, machine.undoCount]).toEqual([[], 0]);
  });

  it('fails where that can’t be recorded, and lets nobody through', async () => {
    const full = new HostError({ code: 'STATE_UNWRITABLE', message: 'disk full' });
    const untilReady: RunParts['untilReady'] = async ({ begun }, signal) => {
      await expect(knock()).rejects.toBe(full);
      await abortable(begun, signal);
    };
    await expect(start({ changes: { ...parts.changes, intend: () => Promise.reject(full) }, untilReady })).rejects.toBe(full);
    expect(machine.changes.size).toBe(0);
  });

  it('leaves nothing where it is killed with its helper', async () => {
    const run = await start();
    process.die('', true);
    await run.gone;
    expect(machine.changes.size).toBe(1);
    await run.end();
    expect([machine.changes.size, calls.at(-1)]).toEqual([0, `undone ${port}`]);
  });

  it('that ends before it is ready fails with its last words, and leaves nothing', async () => {
    const untilReady: RunParts['untilReady'] = async (starting, signal) => {
      await parts.untilReady(starting, signal);
      process.die('fatal: no Python', true);
      await abortable(new Promise<void>(() => undefined), signal);
    };
    await expect(start({ untilReady })).rejects.toMatchObject({
      code: 'TUNNEL_FAILED',
      message: 'sshuttle ended; it said: fatal: no Python',
    });
    expect([machine.changes.size, calls.at(-1)]).toEqual([0, `undone ${port}`]);
  });

  it('that is given up while it starts is ended', async () => {
    const reason = new Error('given up');
    const giveUp = new AbortController();
    const untilReady: RunParts['untilReady'] = async (_starting, signal) => {
      giveUp.abort(reason);
      signal.throwIfAborted();
    };
    await expect(start({ untilReady }, giveUp.signal)).rejects.toBe(reason);
    await expect(start({ launch: () => Promise.reject(new Error('launched')) }, giveUp.signal)).rejects.toBe(reason);
    expect(calls).toEqual([]);
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
      expect(calls.at(-1)).toBe(`undone ${port}`);
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
    expect(calls.at(-1)).toBe('makes rules');
  });
});
