import { SkillError } from '@odoobo/skill-kit';
import { type GuardedAnswer, type Reach, requestGuarded } from '@odoobo/skill-kit/outgoing';
import { parseStyleSheet, type StyleSheet } from './css.js';
import type { PageSheet } from './html.js';
import type { Scope } from './syntax.js';

export interface Fetching {
  reachOf: (url: URL) => Reach;
  signal: AbortSignal;
}

/** More than a page needs; each is a request to another server. */
const maxSheets = 20;
const maxBytes = 4 * 1024 * 1024;
const maxRedirects = 5;

/**
 * Fetches a page with the style sheets that it links, holds and imports, or a style sheet with its imports, and reads them as
 * one. A sheet that cannot be fetched is a warning.
 * @throws SkillError 403 for an address that is not public, 422 for what is neither HTML nor CSS, 502 and 504 when the
 *   page itself cannot be had
 */
export async function fetchStyleSheet(url: URL, fetching: Fetching): Promise<StyleSheet> {
  const budget = { bytes: maxBytes };
  const page = await get(url, fetching, budget);
  const warnings: string[] = [];
  const roots = (await readPage(page)).map(({ source, media }) => toNode(source, scopeOf(media)));
  const queue = roots.flatMap((root) =>
    root.source instanceof URL ? root : read(root, root.source, page.url, warnings),
  );
  const seen = new Set([page.url.href]);
  while (queue.length > 0 && seen.size <= maxSheets) {
    const next = queue.shift();
    if (!(next?.source instanceof URL) || seen.has(next.source.href)) continue;
    seen.add(next.source.href);
    queue.push(...(await fetchInto(next, next.source, fetching, budget, warnings)));
  }
  const left = queue.filter(({ source }) => source instanceof URL && !seen.has(source.href));
  if (left.length > 0) warnings.push(`${left.length} more style sheets were skipped`);
  const whole: StyleSheet = { declarations: [], layers: [], breakpoints: [], imports: [], warnings };
  for (const root of roots) addAll(root, whole);
  return whole;
}

/** A style sheet with those that it imports; `sheet` is there once it is read. */
interface SheetNode {
  source: string | URL;
  scope: Scope | undefined;
  sheet: StyleSheet | undefined;
  imports: SheetNode[];
}

function toNode(source: string | URL, scope: Scope | undefined): SheetNode {
  return { source, scope, sheet: undefined, imports: [] };
}

function scopeOf(media: string): Scope | undefined {
  return media === '' ? undefined : { parent: undefined, atRule: 'media', prelude: media };
}

/** @returns the sheets that this one imports */
async function fetchInto(
  node: SheetNode,
  url: URL,
  fetching: Fetching,
  budget: { bytes: number },
  warnings: string[],
): Promise<SheetNode[]> {
  try {
    const { text, url: from } = await get(url, fetching, budget);
    return read(node, text, from, warnings);
  } catch (error) {
    // Its time is over, or the caller has gone.
    if (!(error instanceof SkillError) || fetching.signal.aborted) throw error;
    warnings.push(`${url.href}: ${error.message}`);
    return [];
  }
}

/** @returns the sheets that this one imports */
function read(node: SheetNode, css: string, base: URL, warnings: string[]): SheetNode[] {
  node.sheet = parseStyleSheet(css, node.scope);
  for (const warning of node.sheet.warnings) warnings.push(`${base.href}: ${warning}`);
  node.imports = node.sheet.imports.flatMap(({ href, scope }) =>
    resolveUrl(href, base).map((url) => toNode(url, scope)),
  );
  return node.imports;
}

/** What a sheet imports comes before its own rules; the layers that it names before the import come first. */
function addAll({ sheet, imports }: SheetNode, whole: StyleSheet): void {
  if (!sheet) return;
  for (const layer of sheet.layers) whole.layers.push(layer);
  for (const each of imports) addAll(each, whole);
  for (const declaration of sheet.declarations) whole.declarations.push(declaration);
  for (const breakpoint of sheet.breakpoints) whole.breakpoints.push(breakpoint);
}

async function get(url: URL, fetching: Fetching, budget: { bytes: number }): Promise<GuardedAnswer> {
  const answer = await requestGuarded(url, {
    ...fetching,
    maxBytes: budget.bytes,
    maxRedirects,
    headers: { accept: 'text/html, text/css', 'user-agent': 'design-tokens' },
  });
  budget.bytes -= Buffer.byteLength(answer.text);
  if (answer.status === 200) return answer;
  throw new SkillError(502, 'unexpected_answer', `${answer.url.href} answered ${answer.status}.`);
}

async function readPage({ url, headers, text }: GuardedAnswer): Promise<PageSheet[]> {
  const type = headers['content-type'] ?? '';
  if (/^text\/css\b/i.test(type)) return [{ source: text, media: '' }];
  if (/^(?:text\/html|application\/xhtml\+xml)\b/i.test(type)) {
    const { styleSheetsOf } = await import('./html.js');
    return styleSheetsOf(text, url);
  }
  const message = `${url.href} is neither HTML nor CSS, but "${type.slice(0, 100)}".`;
  throw new SkillError(422, 'unexpected_content_type', message);
}

/** Nothing for a text that is not a URL, such as a template that was never filled in. */
export function resolveUrl(href: string, base: URL): URL[] {
  if (!URL.canParse(href, base.href)) return [];
  const url = new URL(href, base);
  return /^https?:$/.test(url.protocol) ? [url] : [];
}
