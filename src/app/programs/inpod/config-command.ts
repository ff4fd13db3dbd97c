import type { CommandHandler } from '../../cli/dispatch-command.ts';
import { longName, runFlags } from '../../cli/flag-table.ts';
import { renderConfig, renderConfigCheck } from '../../cli/render-config.ts';
import { problemsError } from '../../config/config-problem.ts';
import { explainSettings } from '../../config/explain-settings.ts';
import { configJsonSchema } from '../../config/json-schema.ts';
import { stackLayers, type SettingsSources } from '../../config/layer-stack.ts';
import { filesOf, loadSources } from '../../config/load-config.ts';
import { mergeSettings, resolveSettings } from '../../config/merge-settings.ts';
import { flagName } from '../../config/setting-table.ts';
import type { CommandContext } from './command-context.ts';

/** `inpod config`. @returns 1 where `check` found something, else 0 @throws UsageError where `show` has nothing valid to show, or a flag is wrong */
export const configCommand: CommandHandler<'config', CommandContext> = async ({ action, flags, configFile }, context) => {
  const { environment, home, print } = context;
  if (action === 'schema') {
    print(`${JSON.stringify(configJsonSchema(helpOfKey), undefined, 2)}\n`);
    return 0;
  }
  const sources = await loadSources({ flags, configFile, environment, cwd: process.cwd(), home });
  if (action === 'check') return checkConfig(sources, print);
  const { output } = mergeSettings(sources);
  const stack = stackLayers(sources);
  print(renderConfig({ profile: stack.profile, files: filesOf(sources), settings: explainSettings(stack) }, output));
  return 0;
};

function checkConfig(sources: SettingsSources, print: (text: string) => void): number {
  const { settings, problems } = resolveSettings(sources);
  // The command line is not what was to be checked.
  if (problems.some(({ layer }) => layer === 'flags')) throw problemsError(problems);
  print(renderConfigCheck(problems, filesOf(sources), settings.output));
  return problems.length === 0 ? 0 : 1;
}

function helpOfKey(key: string): string | undefined {
  return runFlags.find(({ spelling }) => `--${longName(spelling)}` === flagName(key))?.help.replaceAll('\n', ' ');
}
