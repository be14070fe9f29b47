import { configDefaults, defineConfig } from 'vitest/config';

const nightly = Boolean(process.env['NIGHTLY']);

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(nightly ? [] : ['src/**/*.nightly.test.ts'])],
    globalSetup: 'src/support/state-folder.ts',
    // Each test starts Nx several times, on machines of two cores that are busy with it.
    testTimeout: nightly ? 180_000 : 90_000,
    hookTimeout: nightly ? 240_000 : 120_000,
    expect: { poll: { timeout: 30_000 } },
    maxWorkers: 2,
    // No test changes what another file sees, and to load the packages anew for each takes a second and a half.
    isolate: false,
  },
});
