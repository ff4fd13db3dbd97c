import type { JournalPort, SessionJournal } from '../../../../src/domain/ports/journal-port.ts';
import type { ProcessPort } from '../../../../src/domain/ports/process-port.ts';
import { deferred } from '../../../../src/domain/promises.ts';
import type { MemoryJournal } from '../../../fakes/memory-journal.ts';

/** Where among the calls of a process it dies. */
export interface DeathPlan {
  /** The call's number, from 0. */
  readonly at: number;
  /** Before it had effect; after that, unheard; or, where it writes a line of the journal, in the midst of it. */
  readonly when: 'before' | 'after' | 'midst';
}

/** One process that dies at a call: that one and all later ones never come back, and the later ones have no effect. */
export class Death {
  readonly #plan: DeathPlan | undefined;
  readonly #died = deferred<'died'>();
  /** Resolves when it happens. */
  readonly died = this.#died.promise;
  /** Names of the calls so far. */
  readonly calls: string[] = [];
  #isDead = false;

  /** @param plan - `undefined` for a process that lives on */
  constructor(plan: DeathPlan | undefined) {
    this.#plan = plan;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** What is called through this is called by the process. */
  async call<T>(name: string, work: () => Promise<T>, tear: () => void = () => undefined): Promise<T> {
    if (this.#isDead) return never();
    const end = this.calls.push(name) - 1 === this.#plan?.at ? this.#plan.when : undefined;
    if (end === 'before') return this.#die();
    const [outcome] = await Promise.allSettled([work()]);
    if (end === 'midst') tear();
    if (end !== undefined || this.#isDead) return this.#die();
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }

  #die(): Promise<never> {
    this.#isDead = true;
    this.#died.resolve('died');
    return never();
  }
}

/** The same object, as the process has it. Those of its methods that are asked for come under `label`. */
export function mortal<T extends object>(target: T, label: string, death: Death, others: Partial<T> = {}): T {
  return new Proxy(target, {
    get(_target, key): unknown {
      if (key in others) return Reflect.get(others, key);
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) =>
        death.call(`${label}.${String(key)}`, async () => Reflect.apply(value, target, given) as Promise<unknown>);
    },
  });
}

/** Journals whose every line may be the last. */
export function mortalJournals(journals: MemoryJournal, death: Death): JournalPort {
  const writing = (sessionId: string, journal: SessionJournal): SessionJournal => ({
    append: (entry) =>
      death.call(
        `append ${entry.kind}`,
        () => journal.append(entry),
        () => journals.tear(sessionId),
      ),
    discard: () => death.call('discard', () => journal.discard()),
  });
  return {
    open: async (sessionId) => writing(sessionId, await death.call('open', () => journals.open(sessionId))),
    reopen: async (sessionId, entryCount) => writing(sessionId, await death.call('reopen', () => journals.reopen(sessionId, entryCount))),
    list: () => death.call('list', () => journals.list()),
  };
}

/** Its watchdog only counts: who repairs is another process. */
export function mortalProcesses(processes: ProcessPort, death: Death): ProcessPort {
  return mortal(processes, 'processes', death, {
    startWatchdog: async (sessionId) => {
      const watchdog = await death.call('startWatchdog', () => processes.startWatchdog(sessionId));
      return { release: () => death.call('releaseWatchdog', () => watchdog.release()) };
    },
  });
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
