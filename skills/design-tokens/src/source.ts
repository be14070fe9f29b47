import { SkillError, withDeadline } from '@odoobo/skill-kit';
import { callerUrl, reachOrPublic } from '@odoobo/skill-kit/outgoing';
import { parseStyleSheet, type StyleSheet } from './css.js';
import { fetchStyleSheet } from './page.js';
import type { Source } from './schema.js';
import { parseTailwindTheme } from './tailwind.js';

export interface SourceSettings {
  /** DESIGN_TOKENS_ALLOWED_HOSTS: hosts that may be in a private network. */
  allowedHosts: string | undefined;
  /** Longest time for a page with all its sheets, in milliseconds. */
  timeoutMs: number;
}

/** @throws SkillError for what cannot be read: too deep, too much, or not to be fetched */
export async function readSource(
  { css, tailwind, url }: Source,
  field: string,
  { allowedHosts, timeoutMs }: SourceSettings,
  signal: AbortSignal,
): Promise<StyleSheet> {
  if (css !== undefined) return parseStyleSheet(css);
  if (tailwind !== undefined) return parseTailwindTheme(tailwind);
  const page = callerUrl(url ?? '', field);
  const list = { variable: 'DESIGN_TOKENS_ALLOWED_HOSTS', value: allowedHosts };
  const reachOf = (each: URL) => reachOrPublic(each, list);
  const late = new SkillError(504, 'timeout', `${page.host} did not respond within ${timeoutMs / 1000} s.`);
  return withDeadline(timeoutMs, late, signal, (timed) => fetchStyleSheet(page, { reachOf, signal: timed }));
}
