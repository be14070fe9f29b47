import type { DefaultTreeAdapterTypes as Dom } from 'parse5';
import { resolveUrl } from './page.js';

// By import(), so that the artefact has it in a file of its own: a start does not read it.
const { defaultTreeAdapter: dom, parse } = await import('parse5');

/** A style sheet of a page: its text, or where it is; for what media it is, when the page says so. */
export interface PageSheet {
  source: string | URL;
  media: string;
}

/** The style sheets that a page holds and links, in the order of the document, which the cascade goes by. */
export function styleSheetsOf(html: string, url: URL): PageSheet[] {
  const sheets: PageSheet[] = [];
  let base = url;
  for (const element of elementsOf(parse(html))) {
    const attribute = (name: string) => element.attrs.find((each) => each.name === name)?.value ?? '';
    const [resolved] = resolveUrl(attribute('href'), base);
    const media = attribute('media');
    if (element.tagName === 'base') base = resolved ?? base;
    if (element.tagName === 'style') sheets.push({ source: element.childNodes.map(textOf).join(''), media });
    if (element.tagName === 'link' && /(?:^|\s)stylesheet(?:\s|$)/i.test(attribute('rel')) && resolved) {
      sheets.push({ source: resolved, media });
    }
  }
  return sheets;
}

/** In the order of the document; with a stack of its own, since a page can nest deeper than the stack is. */
function* elementsOf(document: Dom.Document): Generator<Dom.Element> {
  const stack: Dom.Node[] = [document];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (dom.isElementNode(node)) yield node;
    if ('childNodes' in node) stack.push(...node.childNodes.toReversed());
  }
}

function textOf(node: Dom.Node): string {
  return dom.isTextNode(node) ? node.value : '';
}
