import fc from 'fast-check';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { filesInFolder } from './files.js';
import { BaselineStore, screenshotOf } from './store.js';

const viewport = { name: 'desktop', width: 1280, height: 800, mobile: false };

/** What a store is asked to do with the page of a route. */
const step = fc.record({
  route: fc.constantFrom('/', '/cart', '/../..', '/%00'),
  image: fc.constantFrom('a', 'b', 'c'),
  act: fc.constantFrom('keep', 'approve', 'drop'),
});

it('keeps one baseline and one candidate of each page, whatever is done in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const folder = await mkdtemp(join(tmpdir(), 'visual-diff-store-'));
      try {
        const store = new BaselineStore(filesInFolder(folder));
        const model = new Map<string, { baseline?: string; candidate?: string | undefined }>();
        for (const { route, image, act } of steps) {
          const place = { route, viewport };
          const screenshot = screenshotOf(Buffer.from(image));
          const expected = model.get(route) ?? {};
          model.set(route, expected);
          if (act === 'keep') {
            await store.keepCandidate('shop', place, Buffer.from(image));
            expected.candidate = screenshot;
          } else if (act === 'drop') {
            await store.dropCandidate('shop', place);
            expected.candidate = undefined;
          } else if ([...model.values()].some(({ candidate }) => candidate === screenshot)) {
            await store.approve('shop', [screenshot]);
            for (const each of model.values()) {
              if (each.candidate === screenshot)
                Object.assign(each, { baseline: screenshot, candidate: undefined });
            }
          } else {
            await expect(store.approve('shop', [screenshot])).rejects.toMatchObject({ status: 409 });
          }
        }
        const { baselines, candidates } = await store.list('shop');
        const of = (role: 'baseline' | 'candidate') =>
          [...model].flatMap(([route, at]) => (at[role] ? [[route, at[role]]] : []));
        const pairs = (kept: typeof baselines) => kept.map(({ route, screenshot }) => [route, screenshot]);
        expect(pairs(baselines).sort()).toEqual(of('baseline').sort());
        expect(pairs(candidates).sort()).toEqual(of('candidate').sort());
        for (const [route, baseline] of of('baseline')) {
          const found = await store.baseline('shop', { route: String(route), viewport });
          expect(found && screenshotOf(found.png)).toBe(baseline);
        }
        expect((await readdir(folder)).filter((name) => name !== 'shop')).toEqual([]);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }),
    { numRuns: 40 },
  );
});

it('says when it is full, and keeps what it has', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'visual-diff-store-'));
  const store = new BaselineStore(filesInFolder(folder));
  const place = (n: number) => ({ route: `/${n}`, viewport });
  for (let n = 0; n < 200; n++) await store.keepCandidate('shop', place(n), Buffer.from('a'));
  const refusal = { status: 422, code: 'store_full' };
  await expect(store.keepCandidate('shop', place(200), Buffer.from('a'))).rejects.toMatchObject(refusal);
  await store.keepCandidate('shop', place(7), Buffer.from('b'));
  await expect(store.keepCandidate('x', place(0), Buffer.alloc(9 * 1024 * 1024))).rejects.toMatchObject(
    refusal,
  );
  expect((await store.list('shop')).candidates).toHaveLength(200);
  await rm(folder, { recursive: true, force: true });
});
