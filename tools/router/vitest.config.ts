import { mergeConfig } from 'vitest/config';
import shared from '../vitest.package.js';

// These tests wait for processes; on two processors vitest would run one file at a time.
export default mergeConfig(shared, { test: { maxWorkers: 2 } });
