#!/usr/bin/env node
// npm links this file when it installs, which is before the package is built: it must exist in the repository.
import { existsSync } from 'node:fs';

const built = new URL('../dist/cli.js', import.meta.url);
if (existsSync(built)) {
  // First, because loading the rest may be what fails: it opens many files at once.
  const { messageOf } = await import('../dist/errors/system-error.js');
  try {
    const { main } = await import(built.href);
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`local-platform: ${messageOf(error)}\n`);
    process.exitCode = 1;
  }
} else {
  process.stderr.write('local-platform is not built yet. Build it in the repository: npx tsc -b\n');
  process.exitCode = 1;
}
