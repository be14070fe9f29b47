import { execa } from 'execa';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from './support/poll.js';
import { steady, withPlaceholders } from './support/steady.js';
import { inTerminal, type TerminalRun } from './support/terminal.js';
import { Workspace } from './support/workspace.js';

const names = Array.from({ length: 55 }, (_, index) => `service-${String(index + 1).padStart(2, '0')}`);

let workspace: Workspace;
let run: TerminalRun;
/** The screens of one deploy of 55 skills, while its window is made smaller, very small and large again. */
const screens = new Map<string, string[]>();
let everything: string[];
let exitCode: number;

beforeAll(async () => {
  workspace = await Workspace.create(Object.fromEntries(names.map((name) => [name, {}])));
  const platform = join(workspace.root, 'node_modules/.bin/local-platform');
  const rules = ['deploy=8s', 'service-07 deploy=8s fails=deploy'].flatMap((rule) => ['--simulate', rule]);
  await execa(process.execPath, [platform, 'start', ...rules], { cwd: workspace.root });
  await workspace.nx(['run-many', '-t', 'build']);
  run = inTerminal(workspace, ['run-many', '-t', 'deploy'], { columns: 120, rows: 35 });
  await see('120', /^ {2}and 23 more: 23 running/);
  await run.resize(80, 24);
  await see('80', /^ {2}and 34 more: 34 running/);
  await run.resize(40, 12);
  await see('40', /^ {2}and 46 more: 46 running/);
  await run.resize(120, 35);
  await run.shows(/^ {2}and 23 more/);
  await run.resize(80, 24);
  exitCode = await run.exitCode();
  everything = await run.everything();
}, 240_000);
afterAll(() => workspace.close());

/** Waits for a screen on which all skills are at the same step. */
async function see(name: string, leftOut: RegExp): Promise<void> {
  const screen = await until(`all are deploying at ${name} columns`, async () => {
    const lines = await run.screen();
    const rows = lines.filter((line) => line.startsWith('  • '));
    return (
      lines.some((line) => leftOut.test(line)) && rows.every((row) => row.includes('deploying')) && lines
    );
  });
  screens.set(name, screen);
}

it.each(['120', '80', '40'])(
  'fills a terminal of %s columns, but two rows, and counts the rest',
  async (name) => {
    const text = `${(screens.get(name) ?? []).map(withPlaceholders).join('\n')}\n`;
    await expect(text).toMatchFileSnapshot(join('screens', `55-skills-${name}.txt`));
  },
);

it('leaves nothing of what was drawn over, whatever became of the window', () => {
  const said = names.map(
    (name) => everything.filter((line) => new RegExp(`^  [✔✖] ${name} `).test(line)).length,
  );
  // One of them has failed, which is reported once more below the table.
  expect(said).toEqual(names.map((name) => (name === 'service-07' ? 2 : 1)));
  expect(everything.filter((line) => /^ *• |\bmore: \d+ running/.test(line))).toEqual([]);
});

it('repeats below the table what has failed', async () => {
  const table = everything.findIndex((line) => line.startsWith('  SKILL'));
  const text = steady(everything.slice(table), 'deploy');
  await expect(text).toMatchFileSnapshot(join('screens', '55-skills-end.txt'));
  expect(exitCode).toBe(1);
});
