import { agentPort } from '../protocol/protocol.ts';

/** `--expose LOCAL[:POD]`: the pod's port, and ours that its connections go to. */
export interface ExposedPort {
  readonly localPort: number;
  readonly podPort: number;
}

/** How connections reach the process, and which of its own go elsewhere than its localhost. */
export interface InboundPlan {
  readonly expose: readonly ExposedPort[];
  /** The pod's localhost (sidecars) to our process. */
  readonly toPod: readonly number[];
  /** Our process's localhost to the pod's. */
  readonly fromPod: readonly number[];
  /** Our process's localhost to the laptop's. */
  readonly fromHost: readonly number[];
  /** What our process listens on is on the laptop's localhost too. */
  readonly publish: boolean;
}

const highestPort = 65_535;

/** @returns a TCP port, 1 to 65535; or what is wrong with `text` */
export function parsePort(text: string): number | { readonly problem: string } {
  if (/^\d+\/udp$/i.test(text)) return { problem: `${text}: UDP can't be forwarded into a session; TCP ports only` };
  const port = /^\d{1,5}(\/tcp)?$/i.test(text) ? Number.parseInt(text, 10) : 0;
  return port >= 1 && port <= highestPort ? port : { problem: `${JSON.stringify(text)} is no port: a number from 1 to ${highestPort}` };
}

/** @returns `LOCAL[:POD]`, the same port on both sides where one is given; or what is wrong with it */
export function parseExposedPort(text: string): ExposedPort | { readonly problem: string } {
  const parts = text.split(':');
  if (parts.length > 2) return { problem: `${JSON.stringify(text)} is not LOCAL or LOCAL:POD, such as 8080 or 8080:80` };
  const [localPort, podPort] = [parts[0] ?? '', parts.at(-1) ?? ''].map(parsePort);
  if (typeof localPort !== 'number') return localPort ?? { problem: text };
  return typeof podPort === 'number' ? { localPort, podPort } : (podPort ?? { problem: text });
}

/** What the ports contradict each other in; empty where all can be had at once. */
export function inboundProblems({ expose, toPod, fromPod, fromHost }: InboundPlan): readonly string[] {
  const problems: string[] = [];
  const claim = (claimed: Map<number, string>, port: number, by: string, where: string): void => {
    const other = claimed.get(port);
    if (other !== undefined) problems.push(other === by ? `${by} is given twice` : `${by} and ${other} both want port ${port} ${where}`);
    else claimed.set(port, by);
  };
  const ofPod = new Map([[agentPort, "inpod's agent"]]);
  for (const { localPort, podPort } of expose)
    claim(ofPod, podPort, `--expose ${localPort === podPort ? localPort : `${localPort}:${podPort}`}`, 'of the pod');
  for (const port of toPod) claim(ofPod, port, `--to-pod ${port}`, 'of the pod');
  // The process listens there itself; several ports of the pod may lead to one of its own.
  const ofProcess = new Map(expose.map(({ localPort }) => [localPort, `--expose ${localPort}`]));
  for (const port of toPod) ofProcess.set(port, `--to-pod ${port}`);
  for (const port of fromPod) claim(ofProcess, port, `--from-pod ${port}`, "of the process's localhost");
  for (const port of fromHost) claim(ofProcess, port, `--from-host ${port}`, "of the process's localhost");
  return problems;
}
