import { type Page, pageOf, readPages, repositoryFiles } from '@odoobo/ship/test-support/pages';
import { dirname, join, normalize } from 'node:path/posix';
import { expect, it } from 'vitest';

it('every link on every page leads to an existing file and heading', async () => {
  expect(deadLinks(await readPages(), await repositoryFiles())).toEqual([]);
});

it('docs/README.md, the source of the sidebar of the site, lists every page of docs/ once', async () => {
  const pages = (await readPages()).filter(({ path }) => path.startsWith('docs/'));
  const { prose = [] } = pages.find(({ path }) => path === 'docs/README.md') ?? {};
  const listed = prose.flatMap((line) => /^- \[.+?\]\((.+?)\)/.exec(line)?.[1] ?? []);
  const others = pages.map(({ path }) => path.replace('docs/', '')).filter((path) => path !== 'README.md');
  expect(listed.sort()).toEqual(others.sort());
});

it('finds broken links', () => {
  const page = pageOf(
    'docs/a.md',
    [
      '# One',
      '## `two --three`: [four](#one), and five_six',
      '## One',
      '[here](#two---three-four-and-five_six), [again](#one-1), [b](b.md#here), [folder](../tools), <a href="b.md">b</a>',
      '`[code](no.md)` and [the web](https://example.com/no.md)',
      '![image](no.png) [no heading](#no) [no heading there](b.md#no) [gone](../tools/no.ts)',
      '[reference]: no.md',
      '```',
      '[block](no.md)',
      '```',
    ].join('\n'),
  );
  const other = pageOf('docs/b.md', '<a id="here"></a>');
  expect(deadLinks([page, other], ['docs/a.md', 'docs/b.md', 'tools/x.ts'])).toEqual([
    'docs/a.md:6: no.png',
    'docs/a.md:6: #no',
    'docs/a.md:6: b.md#no',
    'docs/a.md:6: ../tools/no.ts',
    'docs/a.md:7: no.md',
  ]);
});

function deadLinks(pages: readonly Page[], files: readonly string[]): string[] {
  const folders = files.flatMap((file) => parentsOf(file));
  const known = new Set([...files, ...folders]);
  const anchors = new Map(pages.map((page) => [page.path, anchorsOf(page)]));
  const leadsSomewhere = (from: string, link: string): boolean => {
    const [path = '', anchor] = link.split('#');
    const file = path === '' ? from : normalize(join(dirname(from), path)).replace(/\/$/, '');
    if (!known.has(file)) return false;
    return anchor === undefined || (anchors.get(file)?.has(decodeURIComponent(anchor)) ?? true);
  };
  return pages.flatMap(({ path, prose }) =>
    prose.flatMap((line, index) =>
      linksIn(line)
        .filter((link) => !/^([a-z][a-z+.-]*:|\/\/)/i.test(link) && !leadsSomewhere(path, link))
        .map((link) => `${path}:${index + 1}: ${link}`),
    ),
  );
}

function parentsOf(file: string): string[] {
  const folder = dirname(file);
  return folder === '.' ? ['.'] : [folder, ...parentsOf(folder)];
}

/** Targets of links, images, references and tags. */
function linksIn(line: string): string[] {
  const text = line.replaceAll(/`[^`]*`/g, '');
  const forms = [/\]\(([^()\s]+)(?: "[^"]*")?\)/g, /^ *\[[^\]]+\]: (\S+)/g, / (?:href|src)="([^"]+)"/g];
  return forms.flatMap((form) => [...text.matchAll(form)].map(([, link = '']) => link));
}

/** The anchors of its headings, as GitHub makes them, and explicit ones. */
function anchorsOf({ prose }: Page): Set<string> {
  const anchors = new Set<string>();
  for (const line of prose) {
    for (const [, id = ''] of line.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id);
    const [, heading] = /^#{1,6} (.+?)(?: #+)?$/.exec(line) ?? [];
    if (heading === undefined) continue;
    const slug = slugOf(heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1'));
    const taken = (number: number): string => (number === 0 ? slug : `${slug}-${number}`);
    let number = 0;
    while (anchors.has(taken(number))) number += 1;
    anchors.add(taken(number));
  }
  return anchors;
}

function slugOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}
