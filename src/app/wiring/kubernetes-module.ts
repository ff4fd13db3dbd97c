import type { Container } from 'inversify';
import { makeLocator } from './locator.ts';
import { tokens } from './tokens.ts';

/** The real cluster. */
export function bindKubernetes(container: Container): void {
  container.bind(tokens.locator).toResolvedValue(makeLocator, [tokens.context]);
}
