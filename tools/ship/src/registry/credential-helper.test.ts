import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempDirectory } from '../test-support/temp-directory.js';
import { askHelper } from './credential-helper.js';

it('does not wait longer than the deadline for a helper, also if its child process goes on', async () => {
  const folder = await tempDirectory();
  const file = join(folder, 'docker-credential-hangs');
  // The second process keeps the same output open, as a helper does that uses a service of the desktop.
  // At once: a process that starts during an asynchronous write would hold the file open, and it could not be run (ETXTBSY).
  writeFileSync(file, '#!/bin/sh\nsleep 20 &\nsleep 20\n', { mode: 0o755 });
  const started = Date.now();
  const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}` };
  const asked = askHelper('hangs', 'ghcr.io', { env, timeoutMs: 200 });
  await expect(asked).rejects.toThrow('docker-credential-hangs did not end within 0.2 s');
  expect(Date.now() - started).toBeLessThan(10_000);
});
