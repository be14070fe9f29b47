import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** A namespace of processes of its own, whose first process has its group outside of it, as in some containers. */
const unshared = ['--pid', '--fork', '--mount-proc'];
const canUnshare = spawnSync('unshare', [...unshared, 'true']).status === 0;

it.skipIf(!canUnshare)(
  'reads the environment of a process whose group is outside of its container (needs unshare)',
  () => {
    const compiled = new URL('../dist/process-table.js', import.meta.url).href;
    const script = `
      const { procTable } = await import('${compiled}');
      const rows = await procTable.all((row, environment) => ({ ...row, isMarked: environment.includes('MARK_OF_TEST=yes') }));
      console.log(JSON.stringify(rows.find(({ pid }) => pid === process.pid)));`;
    const command = [process.execPath, '--input-type=module', '-e', script];
    const { stdout, stderr } = spawnSync('unshare', [...unshared, ...command], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], MARK_OF_TEST: 'yes' },
      timeout: 30_000,
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ isMarked: true });
  },
);
