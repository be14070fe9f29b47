import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { DeliveryFile } from './delivery-file.js';

const none = {
  deployments: 0,
  deploymentsPerDay: 0,
  leadTimeSeconds: null,
  changeFailureRate: null,
  changes: 0,
  failures: 0,
  timeToRestoreSeconds: null,
  notRestored: 0,
};

it('has the figures after a restart; a file that is none counts as no figures', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'delivery-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'delivery.json');
  const at = '2026-06-01T00:00:00.000Z';
  const report = { since: at, until: at, all: none, skills: [], days: [] };
  await (await DeliveryFile.open(path)).replace(report);
  expect((await DeliveryFile.open(path)).read()).toEqual(report);
  await writeFile(path, '{"all":');
  expect((await DeliveryFile.open(path)).read()).toBeUndefined();
});
