import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  // Most of these tests wait for processes; on two processors vitest would run one file at a time. No test changes what
  // another file sees, and to load the package anew for each costs a quarter of the time.
  test: {
    include: ['src/**/*.test.ts', 'page/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(process.env['NIGHTLY'] ? [] : ['src/**/*.nightly.test.ts'])],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    maxWorkers: 3,
    isolate: false,
  },
});
