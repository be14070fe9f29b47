import { expect, it } from 'vitest';
import { startPackageRegistry } from '../support/registry.js';
import { publishAll, unseenVersion } from './publish.js';
import { StrangerWorkspace } from './stranger-workspace.js';

const goalSeconds = 90;

it(
  `has a first service live within ${goalSeconds} s of create-nx-workspace, with its packages in npm's cache`,
  { timeout: 15 * 60_000 },
  async () => {
    const registry = await startPackageRegistry('@odoobo');
    await publishAll(registry, unseenVersion());
    const workspace = await StrangerWorkspace.createFor({ major: 23, manager: 'npm' }, registry);
    const began = performance.now();
    await workspace.exec('nx add @odoobo/nx-skills');
    await workspace.exec('nx g @odoobo/nx-skills:skill hello --no-interactive');
    expect(await workspace.exec('nx deploy hello')).toContain('1 created');
    const seconds = (performance.now() - began) / 1_000;
    process.stdout.write(`From create-nx-workspace to a live service: ${seconds.toFixed(1)} s\n`);
    await workspace.close();
    await registry.close();
    expect(seconds).toBeLessThan(goalSeconds);
  },
);
