import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Each test starts Nx several times, on machines of two cores that are busy with it.
  test: { include: ['src/**/*.test.ts'], testTimeout: 90_000, hookTimeout: 120_000, maxWorkers: 2 },
});
