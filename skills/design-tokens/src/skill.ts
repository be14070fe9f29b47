import { defineSkill, type InvokeContext, SkillError, withDeadline } from '@odoobo/skill-kit';
import { callerUrl, reachOrPublic } from '@odoobo/skill-kit/outgoing';
import { compareTokens } from './compare.js';
import { parseStyleSheet, type StyleSheet } from './css.js';
import { modeToDtcg, toDtcg } from './dtcg.js';
import { examples } from './examples.js';
import { extractTokens } from './extract.js';
import { literals } from './literal.js';
import { nearDuplicates } from './near-duplicates.js';
import { fetchStyleSheet } from './page.js';
import { inputSchema, type Output, outputSchema, type Source } from './schema.js';
import { parseTailwindTheme } from './tailwind.js';
import type { Token } from './token.js';
import { writeStyleSheet } from './write.js';

/** Below the half of the skill's own limit: there can be two sources. */
const fetchTimeoutMs = 12_000;

/** The skill with its setting: DESIGN_TOKENS_ALLOWED_HOSTS, hosts that may be fetched though they are not public. */
export function designTokensSkill(env: NodeJS.ProcessEnv, timeoutMs = fetchTimeoutMs) {
  const settings = { allowedHosts: env['DESIGN_TOKENS_ALLOWED_HOSTS'], timeoutMs };
  return defineSkill({
    input: inputSchema,
    output: outputSchema,
    bodyLimit: 4 * 1024 * 1024,
    largeBodiesAtOnce: 1,
    examples,
    invoke: async ({ format, baseline, ...source }, call) => {
      const sheet = await readSource(source, 'url', settings, call);
      const before = baseline && (await readSource(baseline, 'baseline/url', settings, call));
      const { tokens, named, modes, skipped, warnings } = extractTokens(sheet);
      const values = literals(tokens, named);
      const dtcg = toDtcg(tokens, named);
      return {
        tokens: dtcg,
        content: format === 'json' ? toJson(dtcg) : writeStyleSheet(tokens, named, format),
        count: tokens.length,
        near_duplicates: nearDuplicates(values),
        ...(before && { comparison: compareTokens(valuesOf(before), values) }),
        ...(modes.length > 0 && { modes: modes.map((mode) => modeToDtcg(mode, named)) }),
        ...(named.size > 0 && { properties: pathsOf(named) }),
        skipped,
        warnings,
      };
    },
  });
}

function valuesOf(sheet: Parameters<typeof extractTokens>[0]) {
  const { tokens, named } = extractTokens(sheet);
  return literals(tokens, named);
}

/** Where the token of each custom property is. */
function pathsOf(named: Map<string, Token>): Record<string, string> {
  return Object.fromEntries(
    [...named].map(([property, { category, name }]) => [property, `${category}.${name}`]),
  );
}

function toJson(dtcg: Output['tokens']): string {
  return `${JSON.stringify(dtcg, null, 2)}\n`;
}

export const skill = designTokensSkill(process.env);

interface SourceSettings {
  /** DESIGN_TOKENS_ALLOWED_HOSTS: hosts that may be in a private network. */
  allowedHosts: string | undefined;
  /** Longest time for a page with all its sheets, in milliseconds. */
  timeoutMs: number;
}

/** @throws SkillError for what cannot be read: too deep, too much, or not to be fetched */
async function readSource(
  { css, tailwind, url }: Source,
  field: string,
  { allowedHosts, timeoutMs }: SourceSettings,
  call: Pick<InvokeContext, 'signal'>,
): Promise<StyleSheet> {
  if (css !== undefined) return parseStyleSheet(css);
  if (tailwind !== undefined) return parseTailwindTheme(tailwind);
  const page = callerUrl(url ?? '', field);
  const list = { variable: 'DESIGN_TOKENS_ALLOWED_HOSTS', value: allowedHosts };
  const reachOf = (each: URL) => reachOrPublic(each, list);
  const late = new SkillError(504, 'timeout', `${page.host} did not respond within ${timeoutMs / 1000} s.`);
  return withDeadline(timeoutMs, late, call.signal, (signal) => fetchStyleSheet(page, { reachOf, signal }));
}
