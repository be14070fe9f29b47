import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { repository } from '../support/committed.js';

/** A link of a page to a file of the repository, or to a heading of one. */
export interface Link {
  /** As written. */
  target: string;
  /** Path from the root of the repository. */
  file: string;
  /** The text after the `#`; undefined if the link is to the page itself. */
  anchor: string | undefined;
}

/** @param page its path from the root of the repository */
export function textOf(page: string): string {
  return readFileSync(join(repository, page), 'utf8');
}

/** The links of a page, or of some of its lines, to files here. */
export function linksIn(page: string, text: string): Link[] {
  const written = [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target]) => target ?? []);
  const here = written.filter((target) => !/^[a-z]+:/.test(target));
  return here.map((target) => {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : relative('.', join(dirname(page), path));
    return { target, file, anchor };
  });
}

/** The anchors of a page's headings, as GitHub makes them: https://github.com/Flet/github-slugger */
export function anchorsOf(page: string): string[] {
  const headings = [...withoutBlocks(textOf(page)).matchAll(/^#{1,6} +(.*?)\s*$/gm)];
  return headings.map(([, heading = '']) =>
    heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

/** A block of commands below a heading of a page: the first, or the one that contains that text. */
export function commandsBelow(page: string, heading: string, text = ''): string {
  const [, below = ''] = textOf(page).split(`\n${heading}\n`);
  const blocks = [...below.matchAll(/^```(?:ba)?sh\n([^]*?)^```/gm)].flatMap(([, block]) => block ?? []);
  const commands = blocks.find((block) => block.includes(text));
  if (commands === undefined) throw new Error(`${page} has no commands below "${heading}"`);
  return commands;
}

/** A comment in a block of commands is not a heading, and a block contains no links. */
function withoutBlocks(text: string): string {
  return text.replace(/^ *```[^]*?^ *```/gm, '');
}
