import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

// The router of rollouts is shipped as an image: its package is not published, so the file comes with this one.
const dist = join(import.meta.dirname, 'dist');
await mkdir(dist, { recursive: true });
await copyFile(join(import.meta.dirname, '../router/dist/router.mjs'), join(dist, 'router.mjs'));
// It is a program, and exports nothing; attw wants types for each export.
await writeFile(join(dist, 'router.d.mts'), 'export {};\n');
