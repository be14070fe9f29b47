import { execa } from 'execa';
import { writeFileSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Workshop } from './worktrees.test.helper.js';

const built = new URL('../../dist/index.js', import.meta.url).href;

/** Creates a worktree in a separate process; the package must be built (`npx tsc -b`). */
function createElsewhere(workshop: Workshop, env: Record<string, string>) {
  const program = `
    import { createWorktrees } from ${JSON.stringify(built)};
    const [requests, options] = JSON.parse(process.argv[1]);
    const claim = async () => ({ release: async () => {} });
    const signal = new AbortController().signal;
    await createWorktrees(requests, { ...options, claim, signal, onWarning() {} });
    console.log('done');`;
  const args = JSON.stringify([[workshop.request('alpha')], workshop.options()]);
  return execa(process.execPath, ['--input-type=module', '-e', program, args], { env, reject: false });
}

/** A git that kills its caller after its nth command. */
async function killingGit(folder: string, nth: number): Promise<Record<string, string>> {
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  const { stdout: git } = await execa('sh', ['-c', 'command -v git']);
  const calls = join(folder, `calls-${nth}`);
  const script = `#!/bin/sh
${git} "$@"
code=$?
echo call >> ${calls}
[ "$(wc -l < ${calls})" -lt ${nth} ] || kill -9 $PPID
exit $code
`;
  // At once: a process that starts during an asynchronous write would hold the file open, and it could not be run (ETXTBSY).
  writeFileSync(join(bin, 'git'), script, { mode: 0o755 });
  return { PATH: `${bin}:${process.env['PATH'] ?? ''}` };
}

/** Whatever the killed run left: the next run ends with one complete worktree, and no leftovers. */
async function expectConverged(workshop: Workshop): Promise<void> {
  expect(await workshop.createOne('alpha')).toMatch(/^(created|adopted|kept|repaired)$/);
  expect(await readdir(workshop.base)).toEqual(['alpha']);
  expect(await workshop.worktree('alpha').git('status', '--porcelain')).toBe('');
  expect(await workshop.worktree('alpha').git('symbolic-ref', 'HEAD')).toBe('refs/heads/skill/alpha');
  const listed = await workshop.repository.git('worktree', 'list', '--porcelain');
  expect(listed.match(/^worktree .*/gm)?.length).toBe(2);
  expect(await readdir(join(workshop.repository.directory, '.git/worktrees'))).toEqual(['alpha']);
}

/** Between the commands of git after which a run is killed. */
const step = process.env['NIGHTLY'] ? 1 : 5;

it('is taken up by the next run, after whichever command of git it was killed', async () => {
  const workshop = await Workshop.open();
  // While a remote answers there is nothing to interrupt, and it takes time.
  await workshop.repository.git('remote', 'remove', 'origin');
  const folder = join(workshop.base, '..');
  let killed = 0;
  for (let done = false; !done; killed += step) {
    const { stdout } = await createElsewhere(workshop, await killingGit(folder, killed + 1));
    done = stdout === 'done';
    await expectConverged(workshop);
    await workshop.repository.git('worktree', 'remove', workshop.path('alpha'));
    await workshop.repository.git('branch', '-D', 'skill/alpha');
  }
  expect(killed).toBeGreaterThan(8);
}, 120_000);

it('is taken up by the next run when it is killed while files are written, also by the git it had started', async () => {
  const workshop = await Workshop.open();
  const pid = join(workshop.base, '..', 'pid');
  const filter = `sh -c 'echo $$ > ${pid}; exec sleep 60'`;
  await workshop.repository.commit({
    '.gitattributes': '*.slow filter=slow\n',
    'large.slow': 'x',
    other: 'y',
  });
  await workshop.repository.git('config', 'filter.slow.smudge', filter);
  const running = createElsewhere(workshop, {});
  await expect.poll(() => readdir(join(workshop.base, '..')), { timeout: 20_000 }).toContain('pid');
  running.kill('SIGKILL');
  await running;
  await workshop.repository.git('config', '--unset', 'filter.slow.smudge');
  await expectConverged(workshop);
  // The git process that was left alone continues, and finds nothing to do.
  await execa('sh', ['-c', `kill "$(cat ${pid})"`]);
  await expectConverged(workshop);
}, 60_000);
