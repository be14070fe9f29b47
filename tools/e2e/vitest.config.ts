import { mergeConfig } from 'vitest/config';
import shared from '../vitest.shared.js';

const nightly = Boolean(process.env['NIGHTLY']);

export default mergeConfig(shared, {
  test: {
    globalSetup: 'src/support/state-folder.ts',
    // Each test starts Nx several times, on machines of two cores that are busy with it.
    testTimeout: nightly ? 180_000 : 90_000,
    hookTimeout: nightly ? 240_000 : 120_000,
    maxWorkers: 2,
  },
});
