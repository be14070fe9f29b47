/** A rule of the command line or of a test is invalid. */
export class RuleError extends Error {
  override name = 'RuleError';
}

/**
 * Parses a duration: `250ms`, `2s`, `1.5m`.
 * @returns milliseconds
 * @throws RuleError
 */
export function parseDuration(text: string): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  const factor = { ms: 1, s: 1000, m: 60_000 }[unit];
  if (amount !== undefined && factor !== undefined) return Number(amount) * factor;
  throw new RuleError(`expected a duration such as 250ms, 2s or 5m, got "${text}"`);
}

/** Returns a function that matches a whole text against a pattern: `*` stands for anything but a slash, `**` for anything. */
export function matcherOf(pattern: string): (text: string) => boolean {
  const parts = pattern.split(/(\*+)/).map((part) => {
    if (part === '*') return '[^/]*';
    return part.startsWith('*') ? '.*' : part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&');
  });
  const expression = new RegExp(`^${parts.join('')}$`);
  return (text) => expression.test(text);
}
