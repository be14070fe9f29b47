import { pageOf, readPages, repository, repositoryFiles } from '@odoobo/ship/test-support/pages';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const list = 'docs/glossary.md';

/** A word or phrase that readers stumble over, and its replacement. */
interface Advice {
  avoid: string;
  write: string;
}

it('pages, messages, help, comments and test titles use the words of docs/glossary.md', async () => {
  const { prose = [] } = (await readPages()).find(({ path }) => path === list) ?? {};
  const advices = advicesIn(prose.slice(prose.indexOf('## Words to use')));
  expect(advices.length).toBeGreaterThan(10);
  const files = (await repositoryFiles()).filter(
    (file) =>
      /\.(md|[cm]?[jt]s|json|ya?ml|txt|template|vue)$/.test(file) && !/(^|\/)package-lock\.json$/.test(file),
  );
  const texts = await Promise.all(
    files
      .filter((path) => path !== list)
      .map(async (path) => ({ path, text: await readFile(join(repository, path), 'utf8') })),
  );
  expect(texts.flatMap(({ path, text }) => foundIn(path, text, advices))).toEqual([]);
});

it('finds a word in any case, also over the end of a line, and no part of another word', () => {
  const { prose } = pageOf(
    '',
    '| write | instead of |\n| --- | --- |\n| fix; repair | `botch up`, `botches up` |',
  );
  const text = 'It Botches up,\nor may botch\n  up. Not: botch upon, unbotch up.';
  expect(foundIn('a.md', text, advicesIn(prose))).toEqual([
    'a.md:1: "Botches up": write "fix; repair"',
    'a.md:2: "botch up": write "fix; repair"',
  ]);
});

/** The rows of a table whose second column contains words in backticks. */
function advicesIn(prose: readonly string[]): Advice[] {
  return prose.flatMap((line) => {
    const [, write = '', words = ''] = /^\| (.+?) +\| (`.+`) +\|$/.exec(line.replace(/`\|$/, '` |')) ?? [];
    return [...words.matchAll(/`([^`]+)`/g)].map(([, avoid = '']) => ({ avoid, write }));
  });
}

function foundIn(path: string, text: string, advices: readonly Advice[]): string[] {
  const words = advices.map(({ avoid }) => avoid.replaceAll(' ', '\\s+'));
  const found = text.matchAll(new RegExp(`(?<!\\w)(${words.join('|')})(?!\\w)`, 'gi'));
  return [...found].map(({ 0: match, index }) => {
    const word = match.replace(/\s+/g, ' ');
    const write = advices.find(({ avoid }) => avoid === word.toLowerCase())?.write;
    return `${path}:${text.slice(0, index).split('\n').length}: "${word}": write "${write}"`;
  });
}
