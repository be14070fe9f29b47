import { freePort } from '@odoobo/machine/network';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { steady } from './support/steady.js';
import { inTerminal } from './support/terminal.js';
import { Workspace } from './support/workspace.js';

interface Size {
  columns: number;
  rows: number;
}

const nightly = Boolean(process.env['NIGHTLY']);
const small: Size = { columns: 80, rows: 24 };
/** Each screen is recorded in a small terminal, and at night in a large one, too, each with its own skills. */
const sizes = nightly ? [small, { columns: 120, rows: 35 }] : [small];

interface Seen {
  text: string;
  /** Lines that were too long for the terminal, except those of Nx itself. */
  tooLong: string[];
  exitCode: number;
}

const seen = new Map<string, Seen>();
let workspace: Workspace;

const failing = ['crashes', 'unhealthy', 'turns-bad', 'shows-wrong'];
const kinds = ['shop', 'picky', 'no-build', 'no-spec', ...failing];

beforeAll(async () => {
  const names = sizes.flatMap(({ columns }) => kinds.map((kind) => `${kind}-${columns}`));
  workspace = await Workspace.create(Object.fromEntries(names.map((name) => [name, {}])));
  // A platform that cannot get port 4100 prints a notice, and on this machine others may use the port.
  await workspace.write('.local-platform/port', String(await freePort()));
  await both('first-deploy', 'deploy', ({ columns }) => ['deploy', `shop-${columns}`]);
  await each((name) => workspace.change(`shop-${name}`, { says: 'better' }));
  await both('plan', 'plan', ({ columns }) => ['plan', `shop-${columns}`]);
  await both('update', 'deploy', ({ columns }) => ['deploy', `shop-${columns}`]);
  await both('rollback', 'rollback', ({ columns }) => ['rollback', `shop-${columns}`]);
  await workspace.nx([
    'run-many',
    '-t',
    'deploy',
    '-p',
    names.filter((name) => !name.startsWith('shop')).join(),
  ]);
  await breakSkills();
  await both('build-fails', 'build', ({ columns }) => ['deploy', `no-build-${columns}`]);
  await both('not-sent', 'deploy', ({ columns }) => ['deploy', `no-spec-${columns}`]);
  await both('failures', 'deploy', ({ columns }) => [
    ...['run-many', '-t', 'deploy', '--smokeTest', '--timeout=5', '-p'],
    failing.map((kind) => `${kind}-${columns}`).join(),
  ]);
  await both('refused', 'deploy', ({ columns }) => ['deploy', `turns-bad-${columns}`]);
  await both('mistake', 'deploy', ({ columns }) => ['deploy', `shop-${columns}`, '-c', 'prod']);
  await both('smoke-test', 'smoke-test', ({ columns }) => [
    'run-many',
    '-t',
    'smoke-test',
    '-p',
    `shop-${columns},picky-${columns}`,
  ]);
  await both('logs', 'logs', ({ columns }) => ['logs', `shop-${columns}`]);
  // One after another, so that the last events are the same each time.
  for (const { columns } of sizes) await workspace.nx(['deploy', `picky-${columns}`]);
  if (nightly) await Promise.all(sizes.map(monitor));
  await mergeBoth();
}, 240_000);
afterAll(() => workspace.close());

function each(work: (columns: number) => Promise<unknown>): Promise<unknown> {
  return Promise.all(sizes.map(({ columns }) => work(columns)));
}

/** Runs Nx in both terminals at once. */
async function both(moment: string, target: string, args: (size: Size) => string[]): Promise<void> {
  await Promise.all(
    sizes.map(async (size) => {
      const run = inTerminal(workspace, args(size), size);
      const exitCode = await run.exitCode();
      const text = steady(await run.everything(), target);
      const tooLong = (await run.tooLong()).filter(
        (line) => !/^( NX |> nx run|- |Output of |Nx read )/.test(line),
      );
      seen.set(`${moment}-${size.columns}`, { text, tooLong, exitCode });
    }),
  );
}

async function breakSkills(): Promise<void> {
  await each(async (columns) => {
    await workspace.change(`no-build-${columns}`, { fault: 'does-not-build' });
    await workspace.change(`crashes-${columns}`, { fault: 'crashes' });
    await workspace.change(`unhealthy-${columns}`, { fault: 'answers-500' });
    await workspace.change(`turns-bad-${columns}`, { fault: 'answers-500-once-live' });
    await workspace.change(`shows-wrong-${columns}`, { fault: 'knows-every-path' });
    await workspace.write(
      `infra/do-gradient/no-spec-${columns}/app-spec.yaml`,
      `name: no-spec-${columns}\nservices: 1\n`,
    );
    await workspace.writeSkill(`picky-${columns}`, {
      manifest: {
        smokeTests: [1, 2, 3, 4, 5].map((n) => ({
          name: `hears ${n}`,
          invoke: { input: { n } },
          expect: { heard: { n: -n } },
        })),
      },
    });
  });
}

async function monitor(size: Size): Promise<void> {
  const run = inTerminal(workspace, ['monitor', '--interval=1'], size);
  await run.shows(/healthy +\S/);
  const screen = await run.showsWhole(`shop-${size.columns}`);
  run.type('\u0003');
  const exitCode = await run.exitCode();
  seen.set(`monitor-${size.columns}`, {
    text: steady(screen, 'monitor'),
    tooLong: await run.tooLong(),
    exitCode,
  });
}

/** Both branches are live from one checkout; each is merged in its own terminal. */
async function mergeBoth(): Promise<void> {
  await workspace.git('add', '-A');
  await workspace.commit('second');
  const branches = sizes.map(({ columns }) => `skill/shop-${columns}`);
  for (const { columns } of sizes) {
    await workspace.git('switch', '-qc', `skill/shop-${columns}`, 'main');
    await workspace.change(`shop-${columns}`, { says: 'of its branch' });
    await workspace.commit('work');
  }
  await workspace.git('switch', '-qc', 'together', 'main');
  for (const branch of branches) await workspace.git('merge', '-q', '--no-edit', branch);
  await workspace.nx([
    'run-many',
    '-t',
    'deploy',
    '--allow-older',
    '-p',
    sizes.map(({ columns }) => `shop-${columns}`).join(),
  ]);
  await workspace.git('switch', '-q', 'main');
  await both('merge', 'merge', ({ columns }) => ['merge', `shop-${columns}`]);
}

const moments: (readonly [moment: string, exitCode: number])[] = [
  ['first-deploy', 0],
  ['plan', 0],
  ['update', 0],
  ['rollback', 0],
  ['build-fails', 130],
  ['not-sent', 1],
  ['failures', 1],
  ['refused', 1],
  ['mistake', 1],
  ['smoke-test', 1],
  ['logs', 0],
  // It shows the skills of both terminals.
  ...(nightly ? ([['monitor', 130]] as const) : []),
  ['merge', 0],
];

describe.each(sizes)('$columns columns', ({ columns }) => {
  it.each(moments)('%s', async (moment, exitCode) => {
    const screen = seen.get(`${moment}-${columns}`);
    await expect(screen?.text).toMatchFileSnapshot(join('screens', `${moment}-${columns}.txt`));
    expect(screen?.tooLong).toEqual([]);
    expect(screen?.exitCode).toBe(exitCode);
  });
});
