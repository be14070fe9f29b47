import { defineConfig } from 'vitest/config';

export default defineConfig({
  // No test changes what another file sees, and to load the package anew for each costs a quarter of the time.
  test: {
    include: ['src/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    isolate: false,
  },
});
