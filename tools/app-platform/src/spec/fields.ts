import { durationMs } from '@odoobo/machine/time';
import * as z from 'zod';
import { hasPlaceholder, show, variableHint } from './describe-issue.js';

/** An integer with bounds; the message has both and the actual value. */
export function integer(minimum: number, maximum: number) {
  const error = (issue: { input?: unknown }) =>
    `expected an integer from ${minimum} to ${maximum}, got ${show(issue.input)}${variableHint(issue.input)}`;
  return z.int({ error }).min(minimum, { error }).max(maximum, { error });
}

/**
 * A string of a given form, described in words; a placeholder passes because its value is not known yet.
 * @param meant the right form of a frequent slip; undefined for anything else
 */
export function textLike(
  pattern: RegExp,
  form: string,
  meant: (text: string) => string | undefined = () => undefined,
) {
  return z.string().refine((text) => hasPlaceholder(text) || pattern.test(text), {
    error: ({ input }) => {
      const right = meant(String(input));
      return `expected ${form}, got ${show(input)}${right === undefined ? '' : `. Did you mean "${right}"?`}`;
    },
  });
}

const namePattern = /^[a-z][a-z0-9-]{0,30}[a-z0-9]$/;
const nameForm = '2 to 32 characters a-z, 0-9 and "-", starting with a letter and not ending with "-"';

/** A name of an app or a component. Pattern of the official document, `app_spec.name`. */
export const nameSchema = z.string().regex(namePattern, {
  error: ({ input }) => `expected ${nameForm}, got ${show(input)}${nameHint(String(input))}`,
});

/** The most frequent slips are a name that is too long, and one with capitals, spaces or "_". */
function nameHint(name: string): string {
  if (hasPlaceholder(name)) return variableHint(name);
  if (name.length > 32) return `, which has ${name.length} characters`;
  const allowed = name.toLowerCase().replaceAll(/[ _.-]+/g, '-');
  return namePattern.test(allowed) ? `. Did you mean "${allowed}"?` : '';
}

export const portSchema = integer(1, 65535);

export const absolutePathSchema = textLike(/^\//, 'a path that starts with "/"', (path) =>
  /^\w/.test(path) ? `/${path}` : undefined,
);

/** As Go writes it. */
export const durationSchema = z
  .string()
  .refine((text) => hasPlaceholder(text) || durationMs(text) !== undefined, {
    error: (issue) => `expected a duration such as 1h30m, got ${show(issue.input)}`,
  });
