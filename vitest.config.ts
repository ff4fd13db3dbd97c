import { defineConfig, type TestProjectConfiguration } from 'vitest/config';

const slowKinds = ['test/**/*.netns.test.ts', 'test/**/*.e2e.test.ts', 'test/**/*.machine.test.ts'];

/** What a poll waits for may be the turn of a process on a busy machine. */
const expectations = { poll: { timeout: 10_000 } };

/** What changes the whole machine: to be run by `test/support/own-machine.sh`, which gives it one of its own. */
const ownMachine: TestProjectConfiguration = {
  test: {
    name: 'machine',
    include: ['test/**/*.machine.test.ts'],
    pool: 'forks',
    expect: expectations,
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
};

/**
 * Three projects, one after the other: `unit` in parallel; `integration` (network namespaces, needs Linux) and `e2e` (a real cluster, `INPOD_E2E_KUBECONFIG`)
 * one file at a time, since both compare the whole machine before and after.
 */
export default defineConfig({
  test: {
    projects: process.env['OWN_MACHINE_FOLDER']
      ? [ownMachine]
      : [
          {
            test: {
              name: 'unit',
              include: ['test/**/*.test.ts'],
              exclude: slowKinds,
              pool: 'threads',
              expect: expectations,
              testTimeout: 20_000,
              sequence: { groupOrder: 0 },
            },
          },
          {
            test: {
              name: 'integration',
              include: ['test/**/*.netns.test.ts'],
              pool: 'forks',
              expect: expectations,
              fileParallelism: false,
              testTimeout: 60_000,
              hookTimeout: 60_000,
              sequence: { groupOrder: 1 },
            },
          },
          {
            test: {
              name: 'e2e',
              include: ['test/**/*.e2e.test.ts'],
              globalSetup: ['test/e2e/support/global-setup.ts'],
              pool: 'forks',
              expect: expectations,
              fileParallelism: false,
              testTimeout: 120_000,
              hookTimeout: 120_000,
              sequence: { groupOrder: 2 },
            },
          },
        ],
  },
});
