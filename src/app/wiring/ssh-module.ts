import type { Container } from 'inversify';
import { SshLink } from '../../adapters/ssh/ssh-link.ts';
import { tokens } from './tokens.ts';

/** The link to the agent. */
export function bindSsh(container: Container): void {
  container.bind(tokens.links).toResolvedValue(({ linkSilenceMs }) => new SshLink({ silenceMs: linkSilenceMs }), [tokens.context]);
}
