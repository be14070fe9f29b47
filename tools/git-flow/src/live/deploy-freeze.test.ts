import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Repository, tempDirectory } from '../test-support/repository.js';
import { keepFreeze, readFreeze } from './deploy-freeze.js';

const freeze = { until: '2030-01-01T08:00:00.000Z', because: 'Sale: "all"\nof it', by: 'Ada' };

it('is seen in every clone, until it is ended there', async () => {
  const first = await Repository.withOrigin(await tempDirectory());
  const second = await first.clone('second');
  const here = { cwd: first.directory, remote: 'origin' };
  const there = { cwd: second.directory, remote: 'origin' };
  expect(await readFreeze('production', there)).toBeUndefined();
  await keepFreeze('production', freeze, here);
  expect(await readFreeze('production', there)).toEqual(freeze);
  expect(await readFreeze('staging', there)).toBeUndefined();
  await keepFreeze('production', { ...freeze, because: 'another' }, there);
  expect((await readFreeze('production', here))?.because).toBe('another');
  await keepFreeze('production', undefined, there);
  await keepFreeze('production', undefined, there);
  expect(await readFreeze('production', here)).toBeUndefined();
});

it('is kept in a repository without a remote, and refused where it cannot be read', async () => {
  const repository = await Repository.create(join(await tempDirectory(), 'alone'));
  const cwd = repository.directory;
  await keepFreeze('production', freeze, { cwd });
  expect(await readFreeze('production', { cwd })).toEqual(freeze);
  await repository.git('update-ref', 'refs/deploy-freeze/production', 'HEAD');
  await expect(readFreeze('production', { cwd })).rejects.toThrow(
    'refs/deploy-freeze/production does not say until when production is frozen',
  );
  await expect(readFreeze('production', { cwd, remote: 'nowhere' })).rejects.toThrow(
    'Could not read from nowhere whether production is frozen',
  );
});
