import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { dashboardFiles } from './files.js';

for (const [path, text] of await dashboardFiles()) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
