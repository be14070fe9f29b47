import { defaultTreeAdapter as dom, type DefaultTreeAdapterTypes as Dom, parse } from 'parse5';
import { resolveUrl } from './page.js';

/** The style sheets that a page holds, and where those are that it links. */
export function styleSheetsOf(html: string, url: URL): { sheets: string[]; links: URL[] } {
  const sheets: string[] = [];
  const links: URL[] = [];
  let base = url;
  for (const element of elementsOf(parse(html))) {
    const attribute = (name: string) => element.attrs.find((each) => each.name === name)?.value ?? '';
    const [resolved] = resolveUrl(attribute('href'), base);
    if (element.tagName === 'base') base = resolved ?? base;
    if (element.tagName === 'style') sheets.push(element.childNodes.map(textOf).join(''));
    if (element.tagName === 'link' && /(?:^|\s)stylesheet(?:\s|$)/i.test(attribute('rel')) && resolved) {
      links.push(resolved);
    }
  }
  return { sheets, links };
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
