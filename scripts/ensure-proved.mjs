#!/usr/bin/env node
// `ensure-proved.mjs RESULTS.json`: fails where no end-to-end test or no rootless test passed. A suite that was skipped proves nothing.
import { readFileSync } from 'node:fs';

const { testResults } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const passed = testResults.flatMap(({ name, assertionResults }) =>
  assertionResults.filter(({ status }) => status === 'passed').map(({ fullName }) => ({ file: name, fullName })),
);
// A test of the rootless way says so in its name or in its group's.
const isRootless = ({ fullName }) => /\b(ordinary user|rootless)\b/i.test(fullName);
const kinds = {
  unit: passed.filter(({ file }) => !/\.(netns|e2e)\.test\.ts$/.test(file)),
  integration: passed.filter(({ file }) => file.endsWith('.netns.test.ts')),
  'end-to-end': passed.filter(({ file }) => file.endsWith('.e2e.test.ts')),
  'rootless integration': passed.filter((test) => test.file.endsWith('.netns.test.ts') && isRootless(test)),
  'rootless end-to-end': passed.filter((test) => test.file.endsWith('.e2e.test.ts') && isRootless(test)),
};
console.log(
  `passed: ${Object.entries(kinds)
    .map(([kind, tests]) => `${tests.length} ${kind}`)
    .join(', ')}`,
);
for (const [kind, tests] of Object.entries(kinds)) {
  if (tests.length > 0) continue;
  console.error(`no ${kind} test passed`);
  process.exitCode = 1;
}
