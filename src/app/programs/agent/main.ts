// oxlint-disable-next-line import/no-unassigned-import -- it has its effect before ssh2 is loaded
import './cached-secret-keys.ts';
import { constants } from 'node:os';
import { readAgentSettings } from './agent-settings.ts';
import { startAgent } from './agent-server.ts';
import { limitGarbage } from './garbage-limit.ts';

// Each name that is looked up holds a thread while its servers are silent; four would make others wait.
process.env['UV_THREADPOOL_SIZE'] ??= '16';

/** The pod's log is read by the laptop when the agent ends by itself: one line that says why. */
function die(error: unknown): never {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  process.stderr.write(`inpod agent failed: ${text.replace(/\s+/g, ' ')}\n`);
  process.exit(1);
}

process.on('uncaughtException', die);
limitGarbage();
// Not 0: a pod that its node evicts would have succeeded then, and say nothing of why.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(128 + constants.signals[signal]));
startAgent(readAgentSettings(process.env)).catch(die);
