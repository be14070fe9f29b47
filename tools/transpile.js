import { build } from 'esbuild';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The packages that a workspace needs to run: all except the tests. */
const packages = [
  'machine',
  'skill-kit',
  'app-platform',
  'ingress',
  'local-platform',
  'git-flow',
  'ship',
  'nx-skills',
];

process.stdout.write('Building the packages in tools/ for use. To check their types, too: npm run compile\n');

// Runs after an installation. tsc, which also checks types and writes declarations, takes twenty times as long.
await Promise.all(packages.map((name) => transpile(join(import.meta.dirname, name))));

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
