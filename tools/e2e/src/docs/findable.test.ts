import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from '../support/committed.js';
import { anchorsOf, type Link, linksIn, textOf } from './pages.js';

/** What new users look for, with the word that they search for. */
const questions = [
  'own repository',
  'one skill',
  'undo',
  'why',
  'secret',
  'domain',
  'CI',
  'cost',
  'Python',
  'versions',
  'upgrade',
  'data',
  'uninstall',
  'work',
  'rename',
  'delete',
  'logs',
  'variable',
  'token',
  'scale',
  'port',
  'region',
  'preview',
  'notifications',
  'offline',
  'proxy',
  'Windows',
];

const [, find = ''] = /^## Find$([^]*?)^## /m.exec(textOf('README.md')) ?? [];
const rows = find.split('\n').filter((line) => line.startsWith('| '));

/** What is wrong with a link; undefined if it has a target. */
function deadness({ target, file, anchor }: Link): string | undefined {
  if (!existsSync(join(repository, file))) return `${target}: there is no ${file}`;
  if (anchor === undefined || anchorsOf(file).includes(anchor)) return undefined;
  return `${target}: ${file} has no such heading`;
}

describe('the README', () => {
  it.each(questions)('says where to find: %s', (word) => {
    const row = rows.find((line) => line.includes(`**${word}**`)) ?? '';
    const [, question = ''] = row.split('|');
    expect(question).toContain(word);
    const links = linksIn('README.md', row);
    expect(links).not.toEqual([]);
    expect(links.flatMap((link) => deadness(link) ?? [])).toEqual([]);
  });

  it('has tables that can be read in a narrow window', () => {
    const cells = textOf('README.md').matchAll(/^\|(?! ?-).*\|$/gm);
    for (const [row] of cells) {
      const shown = row.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/ +/g, ' ');
      expect(shown.length, row).toBeLessThan(140);
    }
  });
});
