import fc from 'fast-check';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { newApp, newDeployment } from '../deployments/new-records.js';
import { noDigest, specOf, temporaryFolder } from '../testing/platform.test.helper.js';
import { AppStore } from './app-store.js';

/** Compiled, because it runs as a process of its own. */
const writer = join(import.meta.dirname, '../../dist/state/record-writer.test.helper.js');
/** Makes a record large enough to be killed in the middle of. */
const deploymentsOfRecord = 40;
/** Written to, and killed, at the same time. */
const stores = 4;

type Ports = ReadonlyMap<string, number>;

/** When a writer is killed. */
interface Moment {
  /** Changes that it has printed. */
  lines: number;
  thenMs: number;
}

/** Runs a writer and kills it. @returns what it printed */
async function writeUntilKilled(folder: string, record: string, { lines, thenMs }: Moment): Promise<string> {
  const child = spawn(process.execPath, [writer, folder, record], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    printed += chunk;
    if (printed.split('\n').length > lines) setTimeout(() => child.kill('SIGKILL'), thenMs);
  });
  await once(child, 'close');
  return printed;
}

/** The ports before and after the change that was in progress; the same where there was none. */
function replay(before: Ports, printed: string): { acknowledged: Ports; begun: Ports } {
  const acknowledged = new Map(before);
  let begun = new Map(before);
  for (const line of printed.split('\n')) {
    const [word, id = '', port] = line.split(' ');
    if (word === 'begin') begun = new Map(acknowledged).set(id, Number(port));
    if (word === 'done') for (const [app, value] of begun) acknowledged.set(app, value);
  }
  return { acknowledged, begun };
}

function withoutDeleted(ports: Ports): Record<string, number> {
  return Object.fromEntries([...ports].filter(([, port]) => port !== 0));
}

/** Kills a writer, opens its store as the next server would, and compares. @returns what is there now */
async function expectIntact(folder: string, record: string, before: Ports, moment: Moment): Promise<Ports> {
  const { acknowledged, begun } = replay(before, await writeUntilKilled(folder, record, moment));
  const { store, setAside } = await AppStore.open(folder);
  const found = new Map(store.list().map(({ id, port = 0 }) => [id, port]));
  expect(setAside).toEqual([]);
  expect([withoutDeleted(acknowledged), withoutDeleted(begun)]).toContainEqual(withoutDeleted(found));
  expect((await readdir(folder)).sort()).toEqual([...found.keys()].map((id) => `${id}.json`).sort());
  return found;
}

it('has every acknowledged change, whole, after kill -9 at any moment', async () => {
  const folder = await temporaryFolder();
  const record = join(folder, 'record.json');
  const app = newApp(specOf('shop', noDigest), new Date().toISOString());
  const deployments = Array.from({ length: deploymentsOfRecord }, () =>
    newDeployment(app.spec, 'test', app.createdAt),
  );
  await writeFile(record, JSON.stringify({ ...app, deployments }));
  const ports: Ports[] = Array.from({ length: stores }, () => new Map());
  const moment = fc.record({
    lines: fc.integer({ min: 1, max: 60 }),
    thenMs: fc.double({ min: 0, max: 5, noNaN: true }),
  });
  const moments = fc.array(moment, { minLength: stores, maxLength: stores });
  const property = fc.asyncProperty(moments, async (together) => {
    const open = together.map((one, index) =>
      expectIntact(join(folder, `apps-${index}`), record, ports[index] ?? new Map(), one),
    );
    ports.splice(0, stores, ...(await Promise.all(open)));
  });
  await fc.assert(property, { numRuns: process.env['NIGHTLY'] ? 10 : 1, endOnFailure: true });
}, 60_000);
