import { readFileSync } from 'node:fs';
import { expect, inject } from 'vitest';
import { ClusterAdmin } from './cluster-admin.ts';
import { expectRun } from './expect-run.ts';
import { runInpod, type InpodRun } from './run-inpod.ts';

/** One DNS message, as `ask-names.cjs` makes it. */
export interface Question {
  readonly name: string;
  readonly type: string;
  readonly transport?: 'udp' | 'tcp';
  readonly edns?: number;
  readonly dnssecOk?: boolean;
  readonly ednsVersion?: number;
  readonly flags?: number;
  readonly dnsClass?: number;
}

/** What a program asks, in the session or in the pod. */
export interface Questions {
  readonly messages?: readonly Question[];
  /** By the C library: search path and /etc/hosts. */
  readonly lookups?: readonly { readonly name: string; readonly family: 0 | 4 | 6 }[];
}

/** What it printed. */
export interface Answers {
  /** Each asked twice. */
  readonly messages: readonly (readonly Record<string, unknown>[])[];
  readonly lookups: readonly (readonly string[])[];
  readonly resolvConf: readonly string[];
  readonly hosts: readonly string[];
}

const program = readFileSync(new URL('pod/ask-names.cjs', import.meta.url), 'utf8');
const asking = (questions: Questions): string => `globalThis.questions = ${JSON.stringify(questions)};\n${program}`;

/** @param app - the label of a pod of the namespace `default` */
export async function askedInPod(app: string, questions: Questions): Promise<Answers> {
  return JSON.parse(await new ClusterAdmin(inject('bed').kubeconfigs.admin).runNode('default', app, asking(questions))) as Answers;
}

/** @param session - `args` come before the command */
export async function askedInSession(session: InpodRun, questions: Questions): Promise<Answers> {
  const result = await runInpod({ ...session, args: ['run', ...session.args, '--', process.execPath, '-e', asking(questions)] });
  expectRun(result).toMatchObject({ code: 0 });
  return JSON.parse(result.stdout) as Answers;
}

/** Fails on any difference, and says of which question. */
export function expectSame(questions: readonly unknown[], inSession: readonly unknown[], inPod: readonly unknown[]): void {
  const paired = (answers: readonly unknown[]): readonly unknown[] => questions.map((question, i) => ({ question, answer: answers[i] }));
  expect(paired(inSession)).toEqual(paired(inPod));
}
