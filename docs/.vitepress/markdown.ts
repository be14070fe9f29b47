import type { MarkdownRenderer } from 'vitepress';
import { targetOf } from './repository.js';

/** Anchors as GitHub makes them, so that a link to a heading leads there in both places. */
export function slugify(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');
}

/** Links to files of the repository lead there, and diagrams are drawn. */
export function extendMarkdown(md: MarkdownRenderer): void {
  md.core.ruler.push('links-to-files', ({ tokens, env }) => {
    const page = String(env.realPath ?? env.path);
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      if (token.type !== 'link_open') continue;
      const target = targetOf(String(token.attrGet('href')), page);
      if (target === undefined) continue;
      const href = 'page' in target ? target.page : target.file;
      // Without an address it is still to be read, and leads nowhere.
      if (href === undefined) token.attrs = [];
      else token.attrSet('href', href);
    }
  });
  const { fence } = md.renderer.rules;
  md.renderer.rules.fence = (tokens, index, ...rest) => {
    const { info = '', content = '' } = tokens[index] ?? {};
    if (info.trim() === 'mermaid') return `<Mermaid source="${encodeURIComponent(content)}" />`;
    return fence?.(tokens, index, ...rest) ?? '';
  };
}
