import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { makeFolder, read } from './process.test.helper.js';
import { startGroup } from './process-group.js';
import { usageOf } from './usage.js';

/** A process that starts another one; both work for ever and hold 50 MB. */
const script = `
  const held = Buffer.alloc(50_000_000, 1);
  if (process.argv[2] === 'parent') {
    require('node:child_process').spawn(process.execPath, [process.argv[1], 'child'], { stdio: 'inherit' });
  }
  console.log('up');
  for (;;) held[0]++;
`;

it("adds up the resource use of each group's processes, and omits groups that have ended", async () => {
  const folder = await makeFolder();
  await writeFile(join(folder, 'work.cjs'), script);
  const output = join(folder, 'output');
  const command = [process.execPath, join(folder, 'work.cjs'), 'parent'];
  const group = await startGroup({ command, cwd: folder, env: {}, output });
  onTestFinished(() => group.stop({ graceMs: 0 }));
  const ended = await startGroup({ command: ['true'], cwd: folder, env: { PATH: '/usr/bin:/bin' }, output });
  await ended.exited;
  while ((await read(output)) !== 'up\nup\n') await delay(20);
  const groups = [group, ended];
  const before = (await usageOf(groups)).get(group);
  let after = before;
  // Until the system has given them time: on a busy machine that is not soon.
  while ((after?.cpuMs ?? 0) < (before?.cpuMs ?? 0) + 100) after = (await usageOf(groups)).get(group);
  expect(before?.memoryBytes).toBeGreaterThan(100_000_000);
  expect([...(await usageOf(groups)).keys()]).toEqual([group]);
});
