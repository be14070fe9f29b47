import type { RE2JS as Expression } from 're2js';
import { entropy } from '../rules/entropy.js';
import data from './gitleaks-rules.json' with { type: 'json' };

// By import(), so that the artefact has it in a file of its own: a start does not read it.
const { RE2JS: engine } = await import('re2js');

/** What a rule of gitleaks found in a line. */
export interface Match {
  rule: string;
  /** The whole match, and the secret in it. */
  text: string;
  secret: string;
}

interface LeakRule {
  id: string;
  regex: string;
  keywords: string[];
  entropy?: number | undefined;
  path?: string | undefined;
  secretGroup?: number | undefined;
}

/** gitleaks' expressions are RE2's: each is compiled at its first use, and takes linear time whatever the line is. */
const compiled = new Map<string, Expression>();

/** @throws RE2JSException when the expression is not one of RE2 */
export function expression(source: string): Expression {
  const known = compiled.get(source) ?? engine.compile(source);
  compiled.set(source, known);
  return known;
}

const rules: readonly LeakRule[] = data.rules;

/** The rules whose keyword is in a text, which is how gitleaks spares itself nearly all of the work. */
export function rulesWithKeyword(text: string, among: readonly LeakRule[] = rules): LeakRule[] {
  const lower = text.toLowerCase();
  return among.filter(({ keywords }) => keywords.some((keyword) => lower.includes(keyword)));
}

/** Around a keyword; on longer lines than this only that is looked at. */
const window = 1_000;

/** Characters of a line that an expression reads at the most. */
export const maxRead = 2 * window;

/** What the rules find in one line of a file. */
export function matchIn(rules: readonly LeakRule[], path: string, line: string): Match | undefined {
  const lower = line.toLowerCase();
  for (const { id, regex, keywords, entropy: least = 0, path: where, secretGroup } of rules) {
    const keyword = keywords.find((each) => lower.includes(each));
    if (keyword === undefined || (where !== undefined && !expression(where).matcher(path).find())) continue;
    const at = lower.indexOf(keyword);
    const text = line.length > maxRead ? line.slice(Math.max(0, at - window), at + window) : line;
    const matcher = expression(regex).matcher(text);
    if (!matcher.find()) continue;
    const secret = secretOf(matcher, secretGroup);
    if (entropy(secret) > least) return { rule: id, text: matcher.group() ?? '', secret };
  }
  return undefined;
}

/** The first group that matched is the secret, unless the rule names another. */
function secretOf(matcher: ReturnType<Expression['matcher']>, group: number | undefined): string {
  if (group !== undefined) return matcher.group(group) ?? '';
  for (let index = 1; index <= matcher.groupCount(); index++) {
    const captured = matcher.group(index);
    if (captured) return captured;
  }
  return matcher.group() ?? '';
}
