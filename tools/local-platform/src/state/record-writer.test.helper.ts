import { readFileSync, writeSync } from 'node:fs';
import type { AppRecord } from './app-record.js';
import { AppStore } from './app-store.js';

/*
 * Changes the records of a store until it is killed: node record-writer.test.helper.js <folder> <file of a record>
 * Before each change it prints `begin <app> <port>`, and `done` when the store has said that it is written; port 0 stands
 * for an app that is deleted.
 */

const [folder = '', file = ''] = process.argv.slice(2);
const template = JSON.parse(readFileSync(file, 'utf8')) as AppRecord;
const { store } = await AppStore.open(folder);
for (let change = 1; ; change++) {
  const id = `app-${change % 4}`;
  const port = change % 9 === 0 ? 0 : change;
  writeSync(1, `begin ${id} ${port}\n`);
  await write(id, port);
  writeSync(1, 'done\n');
}

async function write(id: string, port: number): Promise<unknown> {
  if (port === 0) return store.delete(id);
  const updated = await store.update(id, (record) => ({ ...record, port }));
  return updated ?? store.create({ ...template, id, port, spec: { ...template.spec, name: id } });
}
