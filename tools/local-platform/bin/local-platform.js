#!/usr/bin/env node
// npm links this file when it installs, which is before the package is built: it must exist in the repository.
import { existsSync } from 'node:fs';

const built = new URL('../dist/cli.js', import.meta.url);
if (existsSync(built)) {
  const { main } = await import(built.href);
  process.exitCode = await main(process.argv.slice(2));
} else {
  process.stderr.write('local-platform is not built yet. Build it in the repository: npx tsc -b\n');
  process.exitCode = 1;
}
