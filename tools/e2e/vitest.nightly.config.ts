import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.nightly.test.ts', 'src/interleavings.test.ts'],
    env: { INTERLEAVINGS: '1000' },
    testTimeout: 180_000,
    hookTimeout: 240_000,
    maxWorkers: 2,
  },
});
