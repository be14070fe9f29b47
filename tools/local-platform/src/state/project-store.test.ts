import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../testing/platform.test.helper.js';
import { type ProjectRecord, ProjectStore } from './project-store.js';

const now = new Date(0).toISOString();
const project = (id: string): ProjectRecord => ({
  id,
  name: id,
  description: '',
  purpose: 'IoT',
  environment: '',
  createdAt: now,
  updatedAt: now,
});

it('keeps what was answered, also when many are saved at once', async () => {
  const file = join(await temporaryFolder(), 'projects.json');
  const store = await ProjectStore.open(file);
  const ids = Array.from({ length: 20 }, (_, at) => `p-${at}`);
  await Promise.all(ids.map((id) => store.save(project(id))));
  await store.delete('p-3');
  const left = (await ProjectStore.open(file)).list().map(({ id }) => id);
  expect(left).toEqual(ids.filter((id) => id !== 'p-3'));
});

it('is not opened if the file is something else, and says what to do', async () => {
  const file = join(await temporaryFolder(), 'projects.json');
  await writeFile(file, '{"projects": 1}');
  await expect(ProjectStore.open(file)).rejects.toThrow(`${file} is not a list of projects. Correct it`);
  expect(await readFile(file, 'utf8')).toBe('{"projects": 1}');
});

it('refuses a second project of a name, and goes on', async () => {
  const store = ProjectStore.inMemory();
  await store.save(project('a'));
  await expect(store.save({ ...project('b'), name: 'a' })).rejects.toThrow('already exists');
  await store.save({ ...project('a'), name: 'c' });
  expect(store.list().map(({ name }) => name)).toEqual(['c']);
});
