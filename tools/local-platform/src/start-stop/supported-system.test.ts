import { expect, it } from 'vitest';
import { requireSupportedSystem } from './supported-system.js';

it('runs on Linux and macOS, and on Windows points to WSL 2', () => {
  for (const platform of ['linux', 'darwin'] as const) requireSupportedSystem(platform);
  expect(() => requireSupportedSystem('win32')).toThrow('On Windows, use it inside WSL 2.');
});
