import { spawn } from 'node:child_process';
import { ClusterError } from '../../domain/errors.ts';
import { abortable } from '../../domain/promises.ts';
import type { Credential, CredentialSource } from './credential-source.ts';
import { execInfo, parseExecCredential } from './exec-protocol.ts';
import type { ClusterEntry, ExecEntry } from './kubeconfig-entries.ts';

/** What a plugin is run with. */
export interface ExecPlugin {
  readonly exec: ExecEntry;
  readonly userName: string;
  readonly cluster: ClusterEntry;
  /** Base64 of the cluster's CA, for plugins that ask for it. */
  readonly caData?: string | undefined;
}

/** What a plugin needs of this machine. */
export interface ExecHost {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  /** Wall time: plugins give the end of a credential as a date. */
  readonly nowMs: () => number;
}

/** A credential is renewed this long before its end: a request under way must not arrive late. */
const renewBeforeMs = 15_000;

/**
 * Credentials of a kubeconfig's exec plugin, renewed when they end or the API refuses them.
 * client-node's own runs the plugin for each request where it names no end, keeps a refused token, and doesn't tell it the protocol's version.
 * @see {@link https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins | credential plugins}
 */
export class ExecCredential implements CredentialSource {
  readonly #plugin: ExecPlugin;
  readonly #host: ExecHost;
  #known: { readonly credential: Credential; readonly expiresAtMs: number } | undefined;
  #running: Promise<Credential> | undefined;

  constructor(plugin: ExecPlugin, host: ExecHost) {
    this.#plugin = plugin;
    this.#host = host;
  }

  current(signal: AbortSignal): Promise<Credential> {
    if (this.#known !== undefined && this.#host.nowMs() < this.#known.expiresAtMs - renewBeforeMs)
      return Promise.resolve(this.#known.credential);
    // Requests that start together share one run, so one request's end must not end it: each only stops waiting.
    this.#running ??= this.#renew().finally(() => {
      this.#running = undefined;
    });
    return abortable(this.#running, signal);
  }

  refused(): boolean {
    this.#known = undefined;
    return true;
  }

  async #renew(): Promise<Credential> {
    const output = await runPlugin(this.#plugin, this.#host);
    const parsed = parseExecCredential(output);
    if (typeof parsed === 'string') throw pluginFailed(this.#plugin, parsed);
    this.#known = parsed;
    return parsed.credential;
  }
}

function runPlugin(plugin: ExecPlugin, host: ExecHost): Promise<string> {
  const { exec } = plugin;
  if (exec.command === '') return Promise.reject(pluginFailed(plugin, 'the kubeconfig names no command'));
  if (exec.interactiveMode === 'Always') return Promise.reject(pluginFailed(plugin, 'it wants a terminal, which the child has'));
  return new Promise((resolve, reject) => {
    const child = spawn(exec.command, exec.args, { env: pluginEnvironment(plugin, host), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let complaint = '';
    let failure: Error | undefined;
    const timer = setTimeout(() => {
      failure ??= pluginFailed(plugin, `it gave no answer within ${host.timeoutMs / 1000} s`);
      child.kill('SIGKILL');
      // A grandchild may hold the pipes: what is known is told at once.
      settle(null);
    }, host.timeoutMs);
    const settle = (code: number | null): void => {
      clearTimeout(timer);
      if (failure !== undefined) reject(failure);
      else if (code === 0) resolve(output);
      else reject(pluginFailed(plugin, complaint.trim().slice(-500) || `it ended with code ${code ?? 'unknown'}`));
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-2000)));
    child.once('error', (cause) => {
      failure ??= pluginFailed(plugin, (cause as NodeJS.ErrnoException).code === 'ENOENT' ? "it isn't installed" : cause.message, cause);
      settle(null);
    });
    child.once('close', settle);
  });
}

function pluginEnvironment(plugin: ExecPlugin, host: ExecHost): NodeJS.ProcessEnv {
  const own = Object.fromEntries(plugin.exec.env.map(({ name, value }) => [name, value]));
  return { ...host.environment, ...own, KUBERNETES_EXEC_INFO: execInfo(plugin.exec, plugin.cluster, plugin.caData) };
}

function pluginFailed(plugin: ExecPlugin, problem: string, cause?: unknown): ClusterError {
  const { exec, userName } = plugin;
  return new ClusterError({
    code: 'UNAUTHORIZED',
    message: `the credential plugin ${JSON.stringify(exec.command)} of the user ${JSON.stringify(userName)} failed: ${problem}`,
    hint: exec.installHint ?? 'see whether it works for kubectl, and log in again if need be: kubectl auth whoami',
    details: { command: exec.command, user: userName },
    cause,
  });
}
