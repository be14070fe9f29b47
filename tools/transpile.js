import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

process.stdout.write('Building the packages in tools/ for use. To check their types, too: npm run compile\n');

// Runs after an installation. tsc, which also checks types and writes declarations, takes twenty times as long.
const entries = await readdir(import.meta.dirname, { withFileTypes: true });
const folders = entries
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => join(import.meta.dirname, name));
await Promise.all(folders.filter(isPublished).map(transpile));

/** What a workspace needs to run. */
function isPublished(folder) {
  return !JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).private;
}

async function transpile(root) {
  const sources = await readdir(join(root, 'src'), { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: sources
      .filter((file) => file.endsWith('.ts') && !file.includes('.test.'))
      .map((file) => join('src', file)),
    outbase: 'src',
    outdir: 'dist',
    format: 'esm',
    platform: 'node',
    sourcemap: true,
    sourcesContent: false,
    logLevel: 'warning',
  });
}
