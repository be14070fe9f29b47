import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newApp } from '../deployments/new-records.js';
import { noDigest, specOf, temporaryFolder } from '../testing/platform.test.helper.js';
import type { AppRecord } from './app-record.js';
import { AppStore } from './app-store.js';

const appNamed = (name: string) => newApp(specOf(name, noDigest), new Date().toISOString());
const withPort = (port: number) => (app: AppRecord) => ({ ...app, port });

async function openStore(folder?: string) {
  const directory = folder ?? (await temporaryFolder());
  return { directory, ...(await AppStore.open(directory)) };
}

describe('the store', () => {
  it('reads back what was written', async () => {
    const { directory, store } = await openStore();
    const app = appNamed('shop');
    await store.create(app);
    await store.update(app.id, withPort(4101));
    expect((await openStore(directory)).store.list()).toEqual([{ ...app, port: 4101 }]);
  });

  it('loses none of many concurrent changes', async () => {
    const { directory, store } = await openStore();
    const app = { ...appNamed('shop'), port: 0 };
    await store.create(app);
    const add = (record: AppRecord) => ({ ...record, port: (record.port ?? 0) + 1 });
    await Promise.all(Array.from({ length: 50 }, () => store.update(app.id, add)));
    expect((await openStore(directory)).store.get(app.id)?.port).toBe(50);
  });

  it('shows a change only once it is on the disk', async () => {
    const { directory, store } = await openStore();
    const app = appNamed('shop');
    await store.create(app);
    const writing = store.update(app.id, withPort(4101));
    expect(store.get(app.id)?.port).toBeUndefined();
    await writing;
    expect(store.get(app.id)?.port).toBe(4101);
    expect(JSON.parse(await readFile(join(directory, `${app.id}.json`), 'utf8'))).toMatchObject({
      port: 4101,
    });
  });

  it('keeps the record as it was when a change is refused', async () => {
    const { store } = await openStore();
    const app = appNamed('shop');
    await store.create(app);
    const refuse = () => {
      throw new Error('no');
    };
    await expect(store.update(app.id, refuse)).rejects.toThrow('no');
    expect(store.get(app.id)).toEqual(app);
    expect(await store.update(app.id, withPort(1))).toMatchObject({ port: 1 });
  });

  it('reports that an app is deleted instead of recreating it', async () => {
    const { directory, store } = await openStore();
    const app = appNamed('shop');
    await store.create(app);
    expect(await store.delete(app.id)).toBe(true);
    expect(await store.update(app.id, withPort(1))).toBeUndefined();
    expect(await store.delete(app.id)).toBe(false);
    expect(await readdir(directory)).toEqual([]);
    await store.create(appNamed('shop'));
  });
});

describe('files that a crash or a person left', () => {
  it.each([
    ['torn', '{"version":1,"id":'],
    ['empty', ''],
    ['of another shape', '{"version":1,"id":"x"}'],
  ])('a record that is %s disables only that app; the file is kept', async (_, text) => {
    const { directory, store } = await openStore();
    const good = appNamed('good');
    await store.create(good);
    await writeFile(join(directory, 'bad.json'), text);
    const again = await openStore(directory);
    expect(again.store.list()).toEqual([good]);
    expect(again.setAside.map(({ file }) => file)).toEqual([join(directory, 'bad.json.set-aside')]);
    expect(await readFile(join(directory, 'bad.json.set-aside'), 'utf8')).toBe(text);
  });

  it('a record under another name, or with a name that is taken, disables only that app', async () => {
    const { directory, store } = await openStore();
    const good = appNamed('good');
    await store.create(good);
    await writeFile(join(directory, 'z-copy.json'), JSON.stringify(good));
    const twin = appNamed('good');
    await writeFile(join(directory, `${twin.id}.json`), JSON.stringify(twin));
    const again = await openStore(directory);
    expect(again.store.list().map(({ spec }) => spec.name)).toEqual(['good']);
    expect(again.setAside).toHaveLength(2);
  });

  it('an unfinished write is deleted and the previous record stays', async () => {
    const { directory, store } = await openStore();
    const app = appNamed('shop');
    await store.create(app);
    await writeFile(join(directory, `.${app.id}.json.abc.unfinished`), '{"half');
    expect((await openStore(directory)).store.list()).toEqual([app]);
    expect(await readdir(directory)).toEqual([`${app.id}.json`]);
  });
});
