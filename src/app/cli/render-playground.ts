import { playgroundContext } from '../../domain/playground/playground-context.ts';
import type { RunningPlayground } from '../../domain/playground/playground-port.ts';
import { shopNamespace } from '../../domain/playground/sample-shop.ts';

/** What a playground tells. */
export type PlaygroundEvent =
  | { readonly kind: 'playground-ready'; readonly kubeNamespace: string; readonly services: RunningPlayground['services'] }
  | { readonly kind: 'playground-ended' };

/** Text for stderr, newline at the end: lines for people, or with `json` one object a line. */
export function renderPlaygroundEvent(event: PlaygroundEvent, output: 'text' | 'json'): string {
  if (output === 'json') return `${JSON.stringify(event)}\n`;
  return event.kind === 'playground-ended' ? 'inpod: the playground ended; nothing is left of it\n' : readyText(event.services);
}

function readyText(services: RunningPlayground['services']): string {
  const run = `inpod run --context ${playgroundContext}`;
  const commands = [
    [`${run} -- curl -s http://web`, 'the shop, by its short name'],
    [`${run} -- env`, 'the variables that pods get'],
    [`${run} --swap deploy/web -- npm start`, "your server on port 8080, in the shop's place"],
    [run, 'your shell, among the pods'],
  ] as const;
  return [
    `inpod: the playground is ready: a sample shop in the namespace ${shopNamespace}, each service in a pod of this machine`,
    ...services.map(({ name, address, about }) => `  http://${name.padEnd(8)} ${address.padEnd(12)} ${about}`),
    'Try in another terminal:',
    ...commands.map(([command, what]) => `  ${command.padEnd(64)}${what}`),
    'Ctrl-C ends it, and leaves nothing.',
    '',
  ].join('\n');
}
