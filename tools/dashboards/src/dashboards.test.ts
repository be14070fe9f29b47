import { spawnSync } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { boards } from './boards.js';
import { dashboardFiles } from './files.js';
import { queriesOf } from './queries.js';
import { writeScrapeFiles } from './scrape-files.js';

const root = new URL('../../../', import.meta.url);
const queries = boards.flatMap(({ dashboard }) => queriesOf(dashboard));

it('are in the repository as the code makes them: npm run dashboards', async () => {
  for (const [path, text] of await dashboardFiles()) expect(await readFile(path, 'utf8'), path).toBe(text);
});

it('ask only for metrics that are documented', async () => {
  const documented = await readFile(new URL('docs/metrics.md', root), 'utf8');
  const names = new Set(
    queries.flatMap(({ expr }) => expr.match(/\b(?:app|local_platform|delivery)_[a-z_]+/g) ?? []),
  );
  expect(names.size).toBeGreaterThan(10);
  for (const name of names) expect(documented).toContain(`\`${name.replace(/_bucket$/, '')}\``);
});

it('have a name and an id each, and panels with titles', () => {
  expect(new Set(boards.map(({ dashboard }) => dashboard.uid)).size).toBe(boards.length);
  for (const { panel, expr } of queries) expect([panel, expr]).not.toContain('');
});

it('are started by a file in which each volume and argument is one text, also where a message contains a colon', async () => {
  const text = await readFile(new URL('infra/grafana/compose.yaml', root), 'utf8');
  const { services } = parse(text) as {
    services: Record<string, { volumes: unknown[]; command?: unknown[] }>;
  };
  const listed = Object.values(services).flatMap(({ volumes, command = [] }) => [...volumes, ...command]);
  expect(listed.filter((one) => typeof one !== 'string')).toEqual([]);
  // What `npm run grafana` sets is what the file asks for.
  expect(new Set(text.match(/(?<=\$\{)\w+/g))).toEqual(new Set(['SKILLS_USER', 'SKILLS_SCRAPE']));
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

it.skipIf(!hasPromtool)('alert when they should, and not before (needs promtool)', () => {
  const cwd = fileURLToPath(new URL('infra/grafana/prometheus/', root));
  const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', 'alerts.test.yml'], { cwd });
  expect(`${stdout}${stderr}`).toContain('SUCCESS');
  expect(status).toBe(0);
});

it('let Prometheus read the token, and nobody else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'scrape-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeScrapeFiles(folder, { url: 'http://127.0.0.1:4100', token: 'secret' });
  expect(await readFile(join(folder, 'token'), 'utf8')).toBe('secret');
  expect((await stat(join(folder, 'token'))).mode & 0o777).toBe(0o600);
  expect(JSON.parse(await readFile(join(folder, 'targets.json'), 'utf8'))).toEqual([
    { targets: ['127.0.0.1:4100'] },
  ]);
});
