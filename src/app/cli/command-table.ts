import { benchFlags, helpFlags, playgroundFlags, manifestFlags, reportFlags, restoreFlags, runFlags, type Flag } from './flag-table.ts';

/** One command as data; what it does is its handler's, see `dispatch-command.ts`. */
export interface Command {
  readonly name:
    'run' | 'plan' | 'restore' | 'playground' | 'status' | 'doctor' | 'bench' | 'manifest' | 'config' | 'completion' | 'version' | 'help';
  readonly usage: string;
  readonly summary: string;
  /** A paragraph or more for its own help. */
  readonly about: string;
  /** Command lines, and what they do. */
  readonly examples: readonly (readonly [string, string])[];
  readonly flags: readonly Flag[];
  /** Where it wants just one operand of a closed list. */
  readonly operands?: readonly string[];
}

/** Shells that `inpod completion` writes for. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** What `inpod config` does. */
export const configActions = ['show', 'check', 'schema'] as const;
export type ConfigAction = (typeof configActions)[number];

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
      ['inpod run --name web2 --expose 8080:80 -- npm start', 'and the cluster reaches it, as http://web2'],
      ['inpod run --swap deploy/web -- npm start', 'in the place of the Deployment "web"'],
      ['inpod run --copy deploy/web -- npm test', 'beside it, with its variables'],
      ['inpod run --env LOG_LEVEL=debug -- npm start', 'with a variable of your own'],
      ['inpod run --env-file pod.env -- true', 'just write down the variables that pods get'],
    ],
    flags: runFlags,
  },
  {
    name: 'plan',
    usage: 'inpod plan [flags of run] [-- COMMAND ARGS...]',
    summary: 'show what "inpod run" would do, and change nothing',
    about: `Reads, and lets the API check the pod without making it: what is made, what becomes of the
workload and in which order, ports, variables by name, and all that stands in the way.
Exit code 0: "inpod run" would start; 1: a problem was found.

With -o json, on stdout: {"ok", "identity", "backend", "pod", "workload", "made", "inbound",
"variables", "problems"}, each problem with code, message and hint.`,
    examples: [
      ['inpod plan --swap deploy/web -- npm start', 'before you take its place'],
      ['inpod plan --copy sts/db -o json', 'for a script'],
    ],
    flags: runFlags,
  },
  {
    name: 'playground',
    usage: 'inpod playground [flags]',
    summary: 'try inpod without a cluster: a small shop in pods of this machine',
    about: `Starts a sample shop of three services, each in a pod that is a process of this machine with a
network of its own, and stays until Ctrl-C. In another terminal "inpod run --context playground"
runs programs among them, by the same agent and the same tunnel as in a cluster.
Needs no cluster, no kubeconfig and no root; leaves nothing. The pods have no internet.`,
    examples: [
      ['inpod playground', 'in one terminal'],
      ['inpod run --context playground -- curl -s http://web', 'in another'],
    ],
    flags: playgroundFlags,
  },
  {
    name: 'doctor',
    usage: 'inpod doctor [flags]',
    summary: 'find out what works here, what forbids the rest, and what fixes it',
    about: `Takes the real steps, leaves nothing, changes nothing: the compiled parts, namespaces and TUN of
each backend, the state folder, your resolver; then the kubeconfig, the API server, your rights
and whether the API would accept the pod (a dry run).
Exit code 0: "inpod run" should work; 1: a problem was found.

With -o json, on stdout: {"ok", "findings": [{"area", "check", "verdict", "summary", "fix"}]} where
area is machine, backend, cluster or sessions, and verdict is fine, notice, problem or planned.`,
    examples: [
      ['inpod doctor', 'this machine, and the current context'],
      ['inpod doctor --context staging -n shop', 'before you run something there'],
    ],
    flags: reportFlags,
  },
  {
    name: 'bench',
    usage: 'inpod bench [flags]',
    summary: 'measure which backend is fastest here, beside kubectl port-forward and ssh -L',
    about: `Makes a pod that serves, and runs each backend that this machine allows to it, in turn, each time
in a session as "inpod run" makes it; beside them "kubectl port-forward" to the same pod, and
"ssh -L" through that, where these programs are installed. It takes the rights of "inpod run",
fills the path to the cluster for some two minutes, and leaves nothing. Every byte is compared.
Exit code 0: a backend was measured and none failed (a peer may have); 1: else.

With -o json, on stdout: {"ok", "identity", "rounds", "measureMs", "paths": [{"name", "kind",
"outcome", "reason", "runs", "figures": {"startMs", "downMbitPerSecond", "upMbitPerSecond",
"connectsPerSecond", "requestP50Ms", "requestP95Ms", "requestP99Ms", "cpuSecondsPerGb"}}]} where
kind is backend or peer, and outcome is measured, unusable or failed.`,
    examples: [
      ['inpod bench', 'all that there is, through the current context'],
      ['inpod bench --rounds 2 --backend tun', 'a quick look at one backend'],
      ['inpod bench --plot bench.svg -o json > bench.json', 'a picture and the figures'],
    ],
    flags: benchFlags,
  },
  {
    name: 'status',
    usage: 'inpod status [flags]',
    summary: 'show the sessions of this machine and of the namespace',
    about: `Sessions that this machine started, by their journals: whether their process is alive, and what
repairs those that died. And the sessions in the namespace, whoever's they are, by their Leases
and pods, as far as you may list them. It only reports; "inpod restore" repairs.
Exit code 0: all is well; 1: a session died, or the cluster couldn't be asked.

With -o json, on stdout: {"ok", "local": [{"sessionId", "state", "pid", "context",
"kubeNamespace", "podName", "ageMs"}], "cluster": {"context", "cluster", "kubeNamespace", "user",
"sessions": [{"sessionId", "holder", "silentMs", "podName", "podPhase", "ageMs"}], "unreadable"}}
where state is running or dead, or "cluster": {"error": {"code", "message", "hint"}}.`,
    examples: [
      ['inpod status', "this machine's sessions, and those in the context's namespace"],
      ['inpod status -n shop -o json', 'another namespace, for a script'],
    ],
    flags: reportFlags,
  },
  {
    name: 'restore',
    usage: 'inpod restore [flags] [SESSION...]',
    summary: 'give back what a session that died has left in the cluster',
    about: `Repairs sessions of this machine whose process is dead: gives workloads back, removes pods,
Secrets and Leases. "inpod run" does the same before it starts, so this is seldom needed.
A SESSION of another machine is looked for in the namespace, and repaired once it was silent
for half a minute; should it only sleep, it is told so when it wakes. What is alive is left alone.
Exit code 0: nothing is left; 1: something is, or somebody else is just repairing it.`,
    examples: [
      ['inpod restore', 'all dead sessions of this machine'],
      ['inpod restore -n shop k3x9q', "this one, also a colleague's, in the namespace shop"],
    ],
    flags: restoreFlags,
  },
  {
    name: 'manifest',
    usage: 'inpod manifest --agent NAME | --guardian [flags]',
    summary: 'print a standing agent, or guardians, to be applied once',
    about: `--agent NAME: a Deployment with the agent, for "inpod run --agent NAME", which then makes nothing
in the cluster. The key that opens it stays on this machine, in a file of yours alone; what is
printed has the agent's own key: keep it as you keep Secrets. It is too big for kubectl's
client-side apply. Several sessions can use it at once; each port is exposed by one of them.
--guardian: a service account with the rights to give workloads back. Where a namespace has it,
each "inpod run --swap" there gets a guardian, a small pod beside its own: should your machine be
silent for two minutes, it gives the workload back, without any laptop.
Printed as YAML on stdout; changes nothing.`,
    examples: [
      ['inpod manifest --agent dev | kubectl apply --server-side -f -', 'then: inpod run --agent dev'],
      ['inpod manifest --guardian -n shop | kubectl apply -f -', 'as an administrator there'],
    ],
    flags: manifestFlags,
  },
  {
    name: 'config',
    usage: 'inpod config show|check|schema [flags]',
    summary: 'show, check or describe the configuration',
    about: `"show" prints every setting with where it came from: a flag, a variable, a line of a file, or
the default. Values of variables (env) aren't shown. The flags are those of "inpod run".
"check" reports all that is wrong at once, with file and line; its exit code is 1 then.
"schema" prints the JSON Schema of inpod.yaml, for editors.

With -o json, on stdout: {"profile", "files", "settings": [{"key", "value", "from": {"kind", ...}}]}
where kind is flag, variable (both with "name"), file (with "file", "line", "profile") or default;
and {"ok", "files", "problems": [{"where", "file", "line", "message", "planned"}]}.`,
    examples: [
      ['inpod config show', 'what "inpod run" would take, and why'],
      ['inpod config show --profile staging', 'and with this profile'],
      ['inpod config check', 'in a pipeline: ends with 1 where something is wrong'],
      ['inpod config schema > inpod.schema.json', 'for the completion of an editor'],
    ],
    flags: runFlags,
    operands: configActions,
  },
  {
    name: 'completion',
    usage: 'inpod completion bash|zsh|fish',
    summary: 'print a script that completes command lines of inpod',
    about: `Prints a script for your shell, which then completes commands, flags and, where they are a
closed list or files, their values. It is made of the same tables as this help.`,
    examples: [
      ['source <(inpod completion bash)', 'in ~/.bashrc'],
      ['source <(inpod completion zsh)', 'in ~/.zshrc, after compinit'],
      ['inpod completion fish > ~/.config/fish/completions/inpod.fish', 'once'],
    ],
    flags: helpFlags,
    operands: shells,
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
export const plannedCommands: readonly string[] = [];

/** The command of that name, if it works today. */
export function findCommand(name: string | undefined): Command | undefined {
  return commands.find((command) => command.name === name);
}
