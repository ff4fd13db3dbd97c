import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Tries until `attempt` resolves, for states that nothing announces.
 * @throws the last failure, with what was waited for
 */
export async function eventually<T>(what: string, attempt: () => Promise<T> | T, limitMs = 60_000): Promise<T> {
  for (const until = Date.now() + limitMs; ; await sleep(100)) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > until) throw new Error(`${what}: not within ${limitMs} ms`, { cause: error });
    }
  }
}
