import { constants } from 'node:os';
import { watchWrapperShell } from './wrapper-shell.ts';
import type { SignalPort } from '../../domain/ports/signal-port.ts';

const forwarded = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * This process's signals. SIGTSTP gets a handler that does nothing: Ctrl-Z stops the child, and its supervisor then stops this process,
 * so that the shell sees the job stop only after the child did. The end of a shell that wraps us is SIGTERM, which it got in our place.
 */
export const nodeSignals: SignalPort = {
  subscribe(handler) {
    const listeners = forwarded.map((name) => ({ name, listener: () => handler(constants.signals[name]) }));
    for (const { name, listener } of listeners) process.on(name, listener);
    process.on('SIGTSTP', ignore);
    const stopWatching = watchWrapperShell(() => handler(constants.signals.SIGTERM));
    return () => {
      stopWatching();
      for (const { name, listener } of listeners) process.off(name, listener);
      process.off('SIGTSTP', ignore);
    };
  },
  subscribeContinued(handler) {
    const listener = (): void => handler();
    process.on('SIGCONT', listener);
    return () => void process.off('SIGCONT', listener);
  },
};

function ignore(): void {
  // The handler's presence is what counts.
}
