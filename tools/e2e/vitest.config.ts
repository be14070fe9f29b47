import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    // What takes minutes runs at night: npm run test:nightly
    exclude: [...configDefaults.exclude, 'src/**/*.nightly.test.ts'],
    // Each test starts Nx several times, on machines of two cores that are busy with it.
    testTimeout: 90_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // No test changes what another file sees, and to load the packages anew for each takes a second and a half.
    isolate: false,
  },
});
