import { restoreFlags, runFlags, type Flag } from './flag-table.ts';

/** One command as data; what it does is its handler's, see `dispatch-command.ts`. */
export interface Command {
  readonly name: 'run' | 'restore' | 'version' | 'help';
  readonly usage: string;
  readonly summary: string;
  /** A paragraph or more for its own help. */
  readonly about: string;
  /** Command lines, and what they do. */
  readonly examples: readonly (readonly [string, string])[];
  readonly flags: readonly Flag[];
}

/** What works today. */
export const commands: readonly Command[] = [
  {
    name: 'run',
    usage: 'inpod run [flags] [-- COMMAND ARGS...]',
    summary: 'run a program of this machine as if it were in a pod',
    about: `Makes a pod in your cluster and runs COMMAND on this machine in its place: with the pod's
variables, hostname, names and network. Without COMMAND it starts your shell ($SHELL).
Nothing else on this machine or in the cluster changes, and the pod goes when COMMAND ends.

All that follows "--" is COMMAND's own and isn't looked at. Its exit code is passed on; where
inpod itself fails it is 125, 126 if COMMAND can't be executed, 127 if it isn't found,
128+N if it died of signal N.`,
    examples: [
      ['inpod run', "your shell, inside the cluster's network"],
      ['inpod run -- curl -s http://web', 'the Service "web", by its short name'],
      ['inpod run -n shop -- ./server --port 8080', 'in another namespace'],
      ['inpod run --env LOG_LEVEL=debug -- npm start', 'with a variable of your own'],
      ['inpod run --env-file pod.env -- true', 'just write down the variables that pods get'],
    ],
    flags: runFlags,
  },
  {
    name: 'restore',
    usage: 'inpod restore [flags] [SESSION...]',
    summary: 'give back what a session that died has left in the cluster',
    about: `Repairs sessions of this machine whose process is dead: removes their pods, Secrets and Leases.
Without SESSION all of them; one that is alive is left alone. "inpod run" does the same
before it starts, so this is seldom needed.`,
    examples: [
      ['inpod restore', 'all dead sessions of this machine'],
      ['inpod restore k3x9q', 'this one'],
    ],
    flags: restoreFlags,
  },
  { name: 'version', usage: 'inpod version', summary: 'print the version', about: 'Prints the version.', examples: [], flags: [] },
  {
    name: 'help',
    usage: 'inpod help [COMMAND]',
    summary: 'explain a command',
    about: 'Explains inpod, or one command.',
    examples: [['inpod help run', 'all flags of "run"']],
    flags: [],
  },
];

/** Designed, and not there yet: refused by name. */
export const plannedCommands: readonly string[] = ['plan', 'status', 'doctor', 'bench', 'manifest', 'config', 'completion', 'playground'];

/** The command of that name, if it works today. */
export function findCommand(name: string | undefined): Command | undefined {
  return commands.find((command) => command.name === name);
}
