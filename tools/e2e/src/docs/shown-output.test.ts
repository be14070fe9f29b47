import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from '../support/committed.js';
import { withPlaceholders } from '../support/steady.js';
import { textOf } from './pages.js';

// What the pages show of the product matches its real output and contents.

const screens = join(import.meta.dirname, '../../src/screens');

/** According to the files that screens.nightly.test.ts writes. */
const printed = new Set(
  readdirSync(screens).flatMap((name) => shapesIn(readFileSync(join(screens, name), 'utf8'))),
);

/** Without the parts that differ in each run: names of skills, counts, times, widths of columns. */
function shapesIn(text: string): string[] {
  const skills =
    /\b(?:shop|picky|service)-\d+\b|\breadability\b|\b(?:design-tokens|odoo-rpc|pr-review|nl-sql|visual-diff)\b/g;
  return text.split('\n').map((line) =>
    withPlaceholders(line)
      .replace(skills, '<skill>')
      .replace(/\b\d+ skills?\b/g, '0 skills')
      .replace(/[✔✖] 0\/\d|[✔✖] \d\/\d/g, '✔ 0/0')
      .replace(/(?<=skills: )\d+/, '0')
      .replace(/ +/g, ' ')
      .trim(),
  );
}

/** The content of a page's blocks of a language, block by block. */
function blocksIn(page: string, language: string): string[] {
  const blocks = [...textOf(page).matchAll(/^```(\w*)\n([^]*?)^```$/gm)];
  return blocks.flatMap(([, ofBlock, text = '']) => (ofBlock === language ? text : []));
}

/** The lines of a page that show what a command prints. */
function shownIn(page: string): string[] {
  const lines = blocksIn(page, '').flatMap((block) => block.split('\n'));
  return lines.filter((line) => line !== '' && !line.startsWith('$ '));
}

/** The first cells of the rows of a table below a heading, as they are written in code or as the text of a link. */
function namesBelow(page: string, heading: string, table: number): string[] {
  const [, below = ''] = textOf(page).split(`\n## ${heading}`);
  const rows =
    below
      .split('\n## ')[0]
      ?.split(/\n\n(?=\|)/)
      [table]?.split('\n') ?? [];
  return rows.flatMap((row) => /^\| (?:`|\[`?)([^`\]]+)/.exec(row)?.[1] ?? []);
}

it.each(['README.md', 'docs/python.md'])('%s shows output as it is printed', (page) => {
  const shown = shownIn(page);
  expect(shown).not.toEqual([]);
  expect(shown.filter((line) => !shapesIn(line).every((shape) => printed.has(shape)))).toEqual([]);
});

it('docs/python.md shows the manifest of the example', () => {
  const [manifest = ''] = blocksIn('docs/python.md', 'json');
  const example = JSON.parse(textOf('examples/python/skills/readability/skill.json')) as object;
  expect(example).toMatchObject(JSON.parse(manifest) as object);
});

it('docs/python.md lists messages that the code has', () => {
  const code = ['local-platform', 'ship', 'nx-skills'].map((name) =>
    sourcesOf(join(repository, 'tools', name, 'src')),
  );
  const messages = namesBelow('docs/python.md', 'When it fails', 1);
  expect(messages).not.toEqual([]);
  const missing = messages.flatMap(partsOf).filter((part) => !code.some((text) => inCode(part).test(text)));
  expect(missing).toEqual([]);
});

/** The text of the modules in a folder, without their tests. */
function sourcesOf(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const modules = files.filter((file) => file.endsWith('.ts') && !file.includes('.test.'));
  return modules.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
}

/** What a message has between quotes and omissions. */
function partsOf(message: string): string[] {
  return message.split(/["…]/).filter((part) => part.trim() !== '');
}

/** Finds a text in code, where it may be a list of arguments, and its last word may be computed. */
function inCode(text: string): RegExp {
  const words = text
    .trim()
    .split(' ')
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const last = words.pop() ?? '';
  return new RegExp([...words, `(?:${last}|\\$\\{)`].join(`[\\s',]+`));
}

describe('the tables of the README', () => {
  const foldersOf = (folder: string) =>
    readdirSync(join(repository, folder), { withFileTypes: true }).flatMap((one) =>
      one.isDirectory() ? one.name : [],
    );

  it('have each target of a skill', () => {
    const { executors } = JSON.parse(textOf('tools/nx-skills/executors.json')) as { executors: object };
    const ofAll = ['monitor'];
    const targets = Object.keys(executors).filter((name) => !ofAll.includes(name));
    expect(namesBelow('README.md', 'Commands', 1).sort()).toEqual(targets.sort());
  });

  it('have each skill', () => {
    expect(namesBelow('README.md', 'The skills here', 1).sort()).toEqual(foldersOf('skills').sort());
  });

  it('have each package that is published', () => {
    const packages = foldersOf('tools').flatMap((name) => {
      try {
        return JSON.parse(textOf(`tools/${name}/package.json`)) as { name: string; private?: boolean };
      } catch {
        return [];
      }
    });
    const published = packages.filter((one) => !one.private).map(({ name }) => name);
    expect(namesBelow('README.md', 'How it works', 1).sort()).toEqual(published.sort());
  });
});
