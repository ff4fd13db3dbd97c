/** One flag as data: parser, help and configuration all read this. */
export interface Flag {
  /** In commander's spelling: `-n, --namespace <NAME>`. */
  readonly spelling: string;
  /** `list` and `map` may be given several times; a `map` item is `NAME=VALUE`. */
  readonly shape: 'word' | 'list' | 'map' | 'switch';
  readonly group: FlagGroup;
  /** What its value may be, for completion: a file's path, or one of a closed list. */
  readonly completes?: 'file' | readonly string[];
  /** One line for the help, or several. */
  readonly help: string;
}

/** Headings of the help, in order. */
export const flagGroups = ['Where', 'What it becomes', 'Network', 'Variables', 'Output', 'Other'] as const;
export type FlagGroup = (typeof flagGroups)[number];

/** Which cluster, namespace and user: the same words as kubectl's. */
const whereFlags: readonly Flag[] = [
  { spelling: '-n, --namespace <NAME>', shape: 'word', group: 'Where', help: "namespace of the pod; default: the context's" },
  { spelling: '--context <NAME>', shape: 'word', group: 'Where', help: "context of the kubeconfig; default: the current one" },
  { spelling: '--kubeconfig <FILE>', shape: 'word', group: 'Where', completes: 'file', help: 'kubeconfig; default: $KUBECONFIG, else ~/.kube/config' },
  { spelling: '--as <USER>', shape: 'word', group: 'Where', help: 'act as this user (impersonation)' },
  { spelling: '--yes', shape: 'switch', group: 'Where', help: 'go on in a context that your configuration protects' },
]; // prettier-ignore

const outputFlags: readonly Flag[] = [
  { spelling: '-v, --verbose', shape: 'switch', group: 'Output', help: 'one line a step, with its time' },
  { spelling: '-o, --output <FORMAT>', shape: 'word', group: 'Output', completes: ['text', 'json'], help: 'text (default), or json: one object a line, on stderr' },
  { spelling: '--logfile <FILE>', shape: 'word', group: 'Output', completes: 'file', help: "the session's log; default: log.jsonl in its folder below\n~/.local/state/inpod/sessions" },
]; // prettier-ignore

/** Every command explains itself. */
export const helpFlags: readonly Flag[] = [{ spelling: '-h, --help', shape: 'switch', group: 'Other', help: 'this text' }];

const otherFlags: readonly Flag[] = [
  { spelling: '-c, --config <FILE>', shape: 'word', group: 'Other', completes: 'file', help: 'configuration; default: inpod.yaml, found upwards to the\nroot of the repository' },
  { spelling: '--profile <NAME>', shape: 'word', group: 'Other', help: 'settings of this profile of the configuration' },
  ...helpFlags,
]; // prettier-ignore

/** Flags of `inpod run`: what works today. */
export const runFlags: readonly Flag[] = [
  ...whereFlags,
  { spelling: '--name <NAME>', shape: 'word', group: 'What it becomes', help: "the pod's name; default: inpod-USER-FOLDER-xxxx" },
  { spelling: '--copy <WORKLOAD>', shape: 'word', group: 'What it becomes', help: 'a pod beside it, of its template: variables, account, sidecars;\nnone of its traffic comes to your command' },
  { spelling: '--swap <WORKLOAD>', shape: 'word', group: 'What it becomes', help: "takes a workload's place: deploy/web, sts/db, deploy/web:main\n(its container main); its traffic comes to your command, and it\ngets its replicas back at the end" },
  { spelling: '--agent <NAME>', shape: 'word', group: 'What it becomes', help: 'a standing agent of that name (NAME:CONTAINER where it has others\nbeside it), as "inpod manifest --agent NAME" prints it: nothing in\nthe cluster is changed' },
  { spelling: '--skip-init <NAME>', shape: 'list', group: 'What it becomes', help: "with --swap or --copy: this init container of the workload\ndoesn't run again" },
  { spelling: '--serviceaccount <NAME>', shape: 'word', group: 'What it becomes', help: "the pod's ServiceAccount" },
  { spelling: '--backend <NAME>', shape: 'word', group: 'Network', completes: ['auto', 'tun', 'sshuttle', 'torsocks'], help: 'auto (default), tun, sshuttle or torsocks' },
  { spelling: '--method <NAME>', shape: 'word', group: 'Network', completes: ['vpn-tcp', 'inject-tcp'], help: 'the older name: vpn-tcp (tun, else sshuttle) or inject-tcp (torsocks)' },
  { spelling: '--also-proxy <NETWORK>', shape: 'list', group: 'Network', help: 'one more IP, CIDR or name, as a pod finds it, that goes\nthrough the cluster' },
  { spelling: '--never-proxy <TARGET>', shape: 'list', group: 'Network', help: 'an IP, CIDR or name, as this machine finds it, that never\ndoes' },
  { spelling: '--local-cluster', shape: 'switch', group: 'Network', help: "with sshuttle: the cluster runs on this machine, so names that it\ndoesn't know are asked of another (dns.external) by the pod" },
  { spelling: '--expose <LOCAL[:POD]>', shape: 'list', group: 'Network', help: "the pod's port POD (default: LOCAL) goes to your command's\nport LOCAL; a Service of the pod's name leads there" },
  { spelling: '--to-pod <PORT>', shape: 'list', group: 'Network', help: "the pod's localhost:PORT, as sidecars see it, goes to your\ncommand's" },
  { spelling: '--from-pod <PORT>', shape: 'list', group: 'Network', help: "your command's localhost:PORT goes to the pod's" },
  { spelling: '--from-host <PORT>', shape: 'list', group: 'Network', help: "your command's localhost:PORT goes to this machine's" },
  { spelling: '--publish', shape: 'switch', group: 'Network', help: "what your command listens on is on this machine's\n127.0.0.1 too (default)" },
  { spelling: '--no-publish', shape: 'switch', group: 'Network', help: 'it is not' },
  { spelling: '--pcap <FILE>', shape: 'word', group: 'Network', completes: 'file', help: "capture of the command's packets, for Wireshark or tcpdump" },
  { spelling: '--env <NAME=VALUE>', shape: 'map', group: 'Variables', help: 'sets a variable; wins over all others' },
  { spelling: '--env-exclude <GLOB>', shape: 'list', group: 'Variables', help: "leaves out variables of the pod: --env-exclude 'AWS_*'" },
  { spelling: '--env-json <FILE>', shape: 'word', group: 'Variables', completes: 'file', help: "writes the pod's variables to FILE, as JSON" },
  { spelling: '--env-file <FILE>', shape: 'word', group: 'Variables', completes: 'file', help: 'writes them for a shell: set -a; . FILE' },
  ...outputFlags,
  ...otherFlags,
]; // prettier-ignore

/** Flags of commands that only report. */
export const reportFlags: readonly Flag[] = [
  ...whereFlags.filter(({ spelling }) => spelling !== '--yes'),
  { spelling: '-o, --output <FORMAT>', shape: 'word', group: 'Output', completes: ['text', 'json'], help: 'text (default) or json' },
  ...otherFlags,
]; // prettier-ignore

/** Flags of `inpod bench`. */
export const benchFlags: readonly Flag[] = [
  ...whereFlags,
  ...runFlags.filter(({ spelling }) => ['serviceaccount', 'backend'].includes(longName(spelling))),
  { spelling: '--rounds <N>', shape: 'word', group: 'Output', help: 'so often is each one run; default: 5' },
  { spelling: '--duration <SECONDS>', shape: 'word', group: 'Output', help: 'of each of the four measurements of a run; default: 1' },
  { spelling: '--plot <FILE>', shape: 'word', group: 'Output', completes: 'file', help: 'draws the figures, as SVG' },
  ...outputFlags,
  ...otherFlags,
];

/** Flags of `inpod restore`. */
export const restoreFlags: readonly Flag[] = [...whereFlags, ...outputFlags, ...otherFlags];

/** Flags of `inpod manifest`. */
export const manifestFlags: readonly Flag[] = [
  { spelling: '--agent <NAME>', shape: 'word', group: 'Other', help: 'a standing agent: its Deployment, and its Secret' },
  { spelling: '--guardian', shape: 'switch', group: 'Other', help: 'the account that guardians run as' },
  ...runFlags.filter(({ spelling }) => ['expose', 'serviceaccount'].includes(longName(spelling))),
  ...whereFlags.filter(({ spelling }) => spelling !== '--yes'),
  ...otherFlags,
];

/** Flags of `inpod playground`. */
export const playgroundFlags: readonly Flag[] = [...outputFlags.filter(({ spelling }) => longName(spelling) === 'output'), ...otherFlags];

/** Designed, and not there yet: refused by name. In commander's spelling, with the values they will take. */
export const plannedFlags: readonly string[] = [
  '--mount <WHERE>', '--docker-mount <PATH>', '--new-deployment [NAME]',
  '--swap-deployment <TARGET>', '--deployment <TARGET>', '--container-to-host <PORTS>', '--run <COMMAND...>', '--run-shell', '--docker-run <ARGS...>',
]; // prettier-ignore

/** The long name without dashes: `also-proxy`. */
export function longName(spelling: string): string {
  return /--([a-z-]+)/.exec(spelling)?.[1] ?? spelling;
}
