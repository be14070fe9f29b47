import { gitOutput } from '@odoobo/machine/git';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { Repository, tempDirectory } from '../test-support/repository.js';
import { importCommits } from './fast-import.test.helper.js';
import { mergeTrees } from './merge-trees.js';
import { TreeStore } from './tree-store.js';

type Files = Map<string, { mode: string; content: string }>;

/** Folders and files of the same name, and names that sort differently as a folder. */
const folders = ['', 'd/', 'd/s/', 'e/', 'e/s/', 'x/'];
const path = fc
  .tuple(fc.constantFrom(...folders), fc.constantFrom('x', 'x.y', 'y', 'd', 'é'))
  .map((parts) => parts.join(''));
/** Long enough that git detects a rename with an edit. */
const content = fc
  .nat(5)
  .map((about) => Array.from({ length: 12 }, (_, line) => `${about} ${line}\n`).join(''));
const mode = fc.constantFrom('100644', '100644', '100755', '120000');
const folder = fc.constantFrom(...folders);

type Change = (files: Files) => void;
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(path, content, mode).map(
    ([to, text, as]) =>
      (files: Files) =>
        put(files, to, { mode: as, content: text }),
  ),
  path.map((at) => (files: Files) => void files.delete(at)),
  fc.tuple(path, fc.nat(9)).map(([at, line]) => (files: Files) => {
    const file = files.get(at);
    if (file) files.set(at, { ...file, content: `${file.content}${line}\n` });
  }),
  fc.tuple(path, mode).map(([at, as]) => (files: Files) => {
    const file = files.get(at);
    if (file) files.set(at, { ...file, mode: as });
  }),
  fc.tuple(path, path).map(
    ([from, to]) =>
      (files: Files) =>
        move(files, [from], () => to),
  ),
  fc.tuple(folder, folder).map(([from, to]) => (files: Files) => {
    const inside = [...files.keys()].filter((at) => at.startsWith(from));
    move(files, inside, (at) => `${to}${at.slice(from.length)}`);
  }),
);

/** A file replaces any folder at its path, and any file at a folder above it. */
function put(files: Files, to: string, file: { mode: string; content: string }): void {
  for (const other of files.keys())
    if (other.startsWith(`${to}/`) || to.startsWith(`${other}/`)) files.delete(other);
  files.set(to, file);
}

function move(files: Files, from: readonly string[], target: (path: string) => string): void {
  const moved = from.flatMap((at) => {
    const file = files.get(at);
    files.delete(at);
    return file ? [{ to: target(at), file }] : [];
  });
  for (const { to, file } of moved) put(files, to, file);
}

function changed(files: Files, changes: readonly Change[]): Files {
  const copy = new Map(files);
  for (const one of changes) one(copy);
  return copy;
}

const threeTrees = fc
  .record({
    start: fc.array(fc.tuple(path, content), { minLength: 3, maxLength: 14 }),
    ours: fc.array(change, { maxLength: 5 }),
    theirs: fc.array(change, { maxLength: 5 }),
  })
  .map(({ start, ours, theirs }) => {
    const puts = start.map(
      ([to, text]): Change =>
        (files) =>
          put(files, to, { mode: '100644', content: text }),
    );
    const base = changed(new Map(), puts);
    return { base, ours: changed(base, ours), theirs: changed(base, theirs) };
  });

async function openStore(cwd: string): Promise<TreeStore> {
  const trees = new TreeStore(await tempDirectory(), { cwd });
  onTestFinished(() => trees.close());
  return trees;
}

it('merges to the tree of git, or leaves it to git', async () => {
  const { directory: cwd } = await Repository.create(await tempDirectory());
  const trees = await openStore(cwd);
  let merged = 0;
  let left = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(threeTrees, { minLength: 1, maxLength: 40, size: 'max' }), async (cases) => {
      const commits = await importCommits(
        cwd,
        cases.flatMap(({ base, ours, theirs }, index) => [
          { parents: [], files: base },
          { parents: [3 * index], files: ours },
          { parents: [3 * index], files: theirs },
        ]),
      );
      const asked: string[] = [];
      const expected: string[] = [];
      for (let index = 0; index < commits.length; index += 3) {
        const [base = '', ours = '', theirs = ''] = commits.slice(index).map((commit) => `${commit}^{tree}`);
        const tree = await mergeTrees({ base, ours, theirs }, trees);
        if (tree === undefined) left += 1;
        else {
          asked.push(`${commits[index + 1]} ${commits[index + 2]}\n`);
          expected.push(tree);
        }
      }
      merged += expected.length;
      const answers = await gitOutput(['merge-tree', '--stdin'], { cwd, input: asked.join('') });
      // A clean merge, its tree, no file in conflict, and no messages.
      expect(answers).toBe(expected.map((tree) => `1\0${tree}\0\0`).join(''));
    }),
    { numRuns: 20 },
  );
  // Most changes do not conflict, and enough do.
  expect(merged).toBeGreaterThan(left / 4);
  expect(left).toBeGreaterThan(merged / 20);
}, 60_000);
