import * as z from 'zod';
import { configSchema } from './config-schema.ts';
import { settings } from './setting-table.ts';

type JsonSchema = Record<string, unknown>;

/**
 * The JSON Schema of `inpod.yaml`, of the very schema that checks it. What only a parser can check, such as a CIDR, is a text here.
 * @param describe - a setting's help by its key path (`agent.image`), where there is one
 */
export function configJsonSchema(describe: (key: string) => string | undefined): JsonSchema {
  const whole = z.toJSONSchema(configSchema, { io: 'input', override: ({ jsonSchema }) => allowSingleItem(jsonSchema) });
  const inFiles = settings.filter(({ only }) => only?.includes('user') ?? true).map(({ path }) => path[0]);
  const keys = [...new Set(inFiles)].map((key) => [key, described(whole.properties?.[key] as JsonSchema, describe(key))] as const);
  const inProfiles = keys.filter(([key]) => key !== 'protectedContexts');
  return {
    $schema: whole.$schema,
    title: 'inpod.yaml',
    type: ['object', 'null'],
    properties: {
      ...Object.fromEntries(keys),
      profiles: {
        description: 'settings by name of a profile, which --profile NAME lays over the others',
        type: 'object',
        additionalProperties: { type: ['object', 'null'], properties: Object.fromEntries(inProfiles), additionalProperties: false },
      },
    },
    additionalProperties: false,
  };
}

function described(schema: JsonSchema, description: string | undefined): JsonSchema {
  return description === undefined ? schema : { description, ...schema };
}

/** A list of one may be written without brackets; a command as a text is for the shell. */
function allowSingleItem(schema: JsonSchema): void {
  if (schema['type'] !== 'array') return;
  const list = { ...schema };
  for (const key of Object.keys(schema)) delete schema[key];
  schema['anyOf'] = [list['items'] === undefined || 'prefixItems' in list ? { type: 'string' } : list['items'], list];
}
