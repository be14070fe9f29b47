import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/api/fuzz.test.ts', 'src/page/accessible.browser.test.ts'],
    env: { FUZZ_BATCHES: '200', MANY_APPS: '55' },
    testTimeout: 20_000,
  },
});
