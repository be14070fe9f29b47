import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DefaultTheme } from 'vitepress';

/** The sidebar: the headings and links of docs/README.md, which is the first page, too. */
export function sidebar(): DefaultTheme.SidebarItem[] {
  const groups: (DefaultTheme.SidebarItem & { items: DefaultTheme.SidebarItem[] })[] = [];
  for (const line of readFileSync(join(import.meta.dirname, '../README.md'), 'utf8').split('\n')) {
    const [, heading] = /^## (.+)/.exec(line) ?? [];
    if (heading) groups.push({ text: heading, items: [] });
    const [, text, page] = /^- \[(.+?)\]\((.+?)\.md\)/.exec(line) ?? [];
    if (text && page) groups.at(-1)?.items.push({ text, link: `/${page}` });
  }
  // Who decided what, and why, is for a second visit.
  return groups.map((group) => ({
    ...group,
    collapsed: group.items.some(({ link }) => link?.startsWith('/decisions/')),
  }));
}
