import { expect, it } from 'vitest';
import { asCalled } from '../../../src/app/cli/as-called.ts';

const npx = { npm_lifecycle_event: 'npx' };

it.each([
  ['hint: inpod status tells whose session it is\n', 'hint: npx inpod status tells whose session it is\n'],
  ['\rhint: see: inpod doctor\r\n', '\rhint: see: npx inpod doctor\r\n'],
  ['Try:\n  inpod run --context playground -- env\n', 'Try:\n  npx inpod run --context playground -- env\n'],
  ['  problem  x: y\n           fix: inpod playground\n', '  problem  x: y\n           fix: npx inpod playground\n'],
  ['  inpod run      your shell\n  inpod doctor   what works\n', '  npx inpod run      your shell\n  npx inpod doctor   what works\n'],
  ['  inpod run --env-file f        variables\n', '  npx -- inpod run --env-file f     variables\n'],
  ['  --env-file FILE      write them\n', '  --env-file FILE      write them\n'],
  ['{"hint": "inpod run"}\n', '{"hint": "inpod run"}\n'],
  ['inpod: pod p after 1 s; running inpod run\n', 'inpod: pod p after 1 s; running inpod run\n'],
  ['hint: npx inpod run; ./inpod run; set inpod.yaml\n', 'hint: npx inpod run; ./inpod run; set inpod.yaml\n'],
])('%j for who uses npx', (text, called) => {
  expect(asCalled(text, npx)).toBe(called);
  expect(asCalled(text, { npm_lifecycle_event: 'start' })).toBe(text);
  expect(asCalled(text, {})).toBe(text);
});
