import { mergeConfig } from 'vitest/config';
import shared from '../vitest.package.js';

// Most of these tests wait for processes; on two processors vitest would run one file at a time.
export default mergeConfig(shared, { test: { maxWorkers: 3 } });
