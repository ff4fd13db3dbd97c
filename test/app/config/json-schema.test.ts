import * as z from 'zod';
import { expect, it } from 'vitest';
import { configJsonSchema } from '../../../src/app/config/json-schema.ts';

const schema = configJsonSchema((key) => (key === 'namespace' ? 'the namespace' : undefined));
const reader = z.fromJSONSchema(schema);

it.each<[unknown, boolean]>([
  [{}, true],
  [{ namespace: 'shop', publish: true, toPod: [8080], expose: '8080:80', env: { PORT: 80, ON: true } }, true],
  [{ timings: { podReadyMs: 1000 }, agent: { image: 'a:1' }, alsoProxy: ['10.0.0.0/8'] }, true],
  [{ command: 'npm start' }, true],
  [{ command: ['npm', 'start'] }, true],
  [{ protectedContexts: ['prod'], profiles: { a: { context: 'x' } } }, true],
  [{ namspace: 'shop' }, false],
  [{ backend: 'vpn' }, false],
  [{ namespace: 'No_Label' }, false],
  [{ timings: { podReadyMs: 'soon' } }, false],
  [{ yes: true }, false],
  [{ profile: 'a' }, false],
  [{ profiles: { a: { protectedContexts: ['x'] } } }, false],
  [{ profiles: { a: { profiles: {} } } }, false],
])('%j: %s', (document, valid) => {
  expect(reader.safeParse(document).success).toBe(valid);
});

it('says what settings are', () => {
  expect(schema).toMatchObject({ properties: { namespace: { description: 'the namespace', type: 'string' } } });
});
