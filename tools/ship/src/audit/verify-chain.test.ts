import fc from 'fast-check';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Chained, chained } from '../records/chain.js';
import { ChainedJournal } from '../records/chained-journal.js';
import { tempDirectory } from '../test-support/temp-directory.js';
import { type Finding, verifyChain } from './verify-chain.js';

/** @param isTorn a process was killed while it wrote the last line, so nothing ends it */
function verify(texts: readonly string[], { isTorn = false } = {}) {
  return verifyChain(
    texts.map((text, index, { length }) => ({
      ...{ file: 'journal', number: index + 1, text },
      isLast: !isTorn && index === length - 1,
    })),
  );
}

const findings = (texts: readonly string[]): Finding[] => verify(texts).findings;

/** Lines of a chain, one after another. */
function written(count: number): string[] {
  const lines: string[] = [];
  let prev: string[] = [];
  for (let n = 1; n <= count; n += 1) {
    const entry = chained(
      { type: 'event', skill: `skill-${n}`, at: new Date(n * 1000).toISOString(), n },
      prev,
    );
    prev = [entry.chain.hash];
    lines.push(JSON.stringify(entry));
  }
  return lines;
}

const ten = written(10);

it('finds nothing in what was written, also after entries of earlier versions, and around incomplete lines', () => {
  expect(verify(ten)).toMatchObject({ findings: [], before: 0, torn: 0, continues: false });
  expect(verify(['{"type":"old"}', ...ten, '{"type":"ev'], { isTorn: true })).toMatchObject({
    findings: [],
    before: 1,
    torn: 1,
  });
  expect(verify([...ten.slice(0, 4), '{"ty', ...ten.slice(4)])).toMatchObject({ findings: [], torn: 1 });
  expect(verify([])).toMatchObject({ findings: [] });
});

it.each<[string, (lines: string[]) => string[], Finding['problem'], string]>([
  [
    'changed',
    (all) => all.with(3, (all[3] ?? '').replace('skill-4', 'skill-5')),
    'changed',
    'journal:4 (event of skill-5',
  ],
  [
    'changed so that it cannot be read',
    (all) => all.with(3, `x${all[3]}`),
    'changed',
    'journal:4 was changed: it is no entry any more',
  ],
  [
    'changed so that it cannot be read, although no entry continues it',
    (all) => all.with(9, (all[9] ?? '').replace('"hash"', '"hash')),
    'changed',
    'journal:10 was changed: it is no entry any more',
  ],
  [
    'changed so that it cannot be read before an entry was written that does not continue it',
    (all) => [...all.with(9, `x${all[9]}`), JSON.stringify(chained({ type: 'later' }, hashIn(all[8])))],
    'changed',
    'journal:10 was changed: it is no entry any more',
  ],
  [
    'given so much depth that it has no hash',
    (all) => all.with(9, (all[9] ?? '').replace('"n":10', `"n":${'['.repeat(50_000)}${']'.repeat(50_000)}`)),
    'changed',
    'journal:10 (event of skill-10',
  ],
  ['written differently', (all) => all.with(3, (all[3] ?? '').replace('{', '{ ')), 'changed', 'journal:4'],
  ['removed', (all) => all.toSpliced(3, 1), 'removed', 'An entry before journal:4 (event of skill-5'],
  [
    'swapped with the next one',
    (all) => all.with(3, all[4] ?? '').with(4, all[3] ?? ''),
    'moved',
    'journal:4 (event of skill-5',
  ],
  ['repeated', (all) => all.toSpliced(6, 0, all[3] ?? ''), 'inserted', 'journal:7 (event of skill-4'],
  [
    'added without a link',
    (all) => all.toSpliced(3, 0, '{"type":"event"}'),
    'inserted',
    'journal:4 is not part of the chain',
  ],
  [
    'added with a correct link',
    (all) => all.toSpliced(4, 0, JSON.stringify(chained({ type: 'forged' }, hashIn(all[3])))),
    'inserted',
    'journal:5 (forged) was inserted: no entry after it continues it.',
  ],
  [
    'begun anew',
    (all) => [...all, ...written(2)].toSpliced(10, 1, JSON.stringify(chained({ type: 'new' }, []))),
    'begun anew',
    'journal:11 (new) begins a new chain',
  ],
])('finds the entry that was %s, and only that', (_, tamper, problem, message) => {
  const found = findings(tamper([...ten]));
  expect(found[0]).toEqual({ problem, message: expect.stringContaining(message) as string });
  expect(found.slice(1).filter((one) => one.problem !== 'inserted' && one.problem !== 'removed')).toEqual([]);
});

function hashIn(line: string | undefined): string[] {
  return [(JSON.parse(line ?? '') as Chained).chain.hash];
}

it('finds any byte that differs', () => {
  const text = Buffer.from(`${ten.join('\n')}\n`);
  // The end of the last line is no content.
  const place = fc.nat(text.length - 2);
  const check = (at: number, bit: number) => {
    const flipped = Buffer.from(text);
    flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << bit), at);
    const lines = flipped.toString('utf8').split('\n').filter(Boolean);
    const found = findings(lines);
    expect(found).not.toEqual([]);
    const first = text.subarray(0, at).toString('utf8').split('\n').length;
    expect(found[0]?.message).toMatch(new RegExp(`journal:(${first}|${first + 1})\\b`));
  };
  fc.assert(fc.property(place, fc.nat(7), check), { numRuns: 300 });
});

it('finds no fault with entries that were written at once, in any order', () => {
  const first = chained({ n: 1 }, []);
  const [a, b, c] = [2, 3, 4].map((n) => chained({ n }, [first.chain.hash]));
  const last = chained(
    { n: 5 },
    [a, b, c].flatMap((one) => one?.chain.hash ?? []),
  );
  for (const order of [
    [a, b, c],
    [c, a, b],
  ])
    expect(findings([first, ...order, last].map((one) => JSON.stringify(one)))).toEqual([]);
  expect(findings([first, a, c, last].map((one) => JSON.stringify(one)))).toMatchObject([
    { problem: 'removed' },
  ]);
});

it('takes an entry that continues a very long list of others', () => {
  const first = chained({ n: 1 }, []);
  const second = chained(
    { n: 2 },
    Array.from({ length: 200_000 }, () => first.chain.hash),
  );
  expect(findings([first, second].map((one) => JSON.stringify(one)))).toEqual([]);
});

it('continues where older entries were deleted, and says so', () => {
  expect(verify(ten.slice(4))).toMatchObject({ findings: [], continues: true });
});

describe('a journal', () => {
  it('is a chain over processes that do not know of each other, over incomplete lines and rotations', async () => {
    const path = join(await tempDirectory(), 'journal.jsonl');
    const [one, other] = [new ChainedJournal(path), new ChainedJournal(path)];
    for (let n = 0; n < 5; n += 1) {
      one.append({ n, by: 'one' });
      other.append({ n, by: 'other', text: 'Zürich \u2028 "\ud800' });
      if (n === 2) await one.rotate({ limit: 1 });
    }
    const texts = await Promise.all([...one.archived(), path].map((file) => readFile(file, 'utf8')));
    const lines = texts.join('').split('\n').filter(Boolean);
    expect(lines).toHaveLength(10);
    expect(findings(lines)).toEqual([]);
    expect(new ChainedJournal(path).tips()).toEqual(hashIn(lines.at(-1)));
  });
});
