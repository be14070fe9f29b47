import { SkillError } from '@odoobo/skill-kit';
import { type GuardedAnswer, type Reach, requestGuarded } from '@odoobo/skill-kit/outgoing';
import { parseStyleSheet, type StyleSheet } from './css.js';

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
  const whole: StyleSheet = { declarations: [], breakpoints: [], imports: [], warnings: [] };
  const { sheets, links } = await readPage(page);
  const queue = [...sheets.flatMap((css) => add(whole, css, page.url)), ...links];
  const seen = new Set([page.url.href]);
  while (queue.length > 0 && seen.size <= maxSheets) {
    const next = queue.shift();
    if (!next || seen.has(next.href)) continue;
    seen.add(next.href);
    queue.push(...(await addFrom(whole, next, fetching, budget)));
  }
  const left = queue.filter(({ href }) => !seen.has(href));
  if (left.length > 0) whole.warnings.push(`${left.length} more style sheets were skipped`);
  return whole;
}

/** Fetches one sheet into the whole. @returns where its imports are */
async function addFrom(
  whole: StyleSheet,
  url: URL,
  fetching: Fetching,
  budget: { bytes: number },
): Promise<URL[]> {
  try {
    const { text, url: from } = await get(url, fetching, budget);
    return add(whole, text, from);
  } catch (error) {
    // Its time is over, or the caller has gone.
    if (!(error instanceof SkillError) || fetching.signal.aborted) throw error;
    whole.warnings.push(`${url.href}: ${error.message}`);
    return [];
  }
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

async function readPage({ url, headers, text }: GuardedAnswer): Promise<{ sheets: string[]; links: URL[] }> {
  const type = headers['content-type'] ?? '';
  if (/^text\/css\b/i.test(type)) return { sheets: [text], links: [] };
  if (/^(?:text\/html|application\/xhtml\+xml)\b/i.test(type)) {
    const { styleSheetsOf } = await import('./html.js');
    return styleSheetsOf(text, url);
  }
  const message = `${url.href} is neither HTML nor CSS, but "${type.slice(0, 100)}".`;
  throw new SkillError(422, 'unexpected_content_type', message);
}

/** @returns where the imports of the sheet are */
function add(whole: StyleSheet, css: string, base: URL): URL[] {
  const { declarations, breakpoints, imports, warnings } = parseStyleSheet(css);
  for (const declaration of declarations) whole.declarations.push(declaration);
  for (const breakpoint of breakpoints) whole.breakpoints.push(breakpoint);
  for (const warning of warnings) whole.warnings.push(`${base.href}: ${warning}`);
  return imports.flatMap((href) => resolveUrl(href, base));
}

/** Nothing for a text that is not a URL, such as a template that was never filled in. */
export function resolveUrl(href: string, base: URL): URL[] {
  if (!URL.canParse(href, base.href)) return [];
  const url = new URL(href, base);
  return /^https?:$/.test(url.protocol) ? [url] : [];
}
