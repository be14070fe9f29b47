import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Most of these tests wait for processes, so more of them run at once than there are processors.
  test: { include: ['src/**/*.test.ts'], testTimeout: 20_000, maxWorkers: 4 },
});
