import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';

/** What the tests of all packages and skills share. */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    exclude: process.env['NIGHTLY']
      ? configDefaults.exclude
      : [...configDefaults.exclude, 'src/**/*.nightly.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    // No test changes what another file sees, and to load the package anew for each costs a quarter of the time.
    isolate: false,
    setupFiles: fileURLToPath(new URL('vitest.seed.ts', import.meta.url)),
    unstubEnvs: true,
  },
});
