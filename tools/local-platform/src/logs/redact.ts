const mask = '[REDACTED]';

/** Shorter lines of a secret, such as "-----" or "}", would hide half of a log and tell nothing. */
const shortestLine = 8;

/**
 * Replaces every occurrence of the secrets: as they are, as JSON would quote them, and each longer line of one that has
 * several, because logs are read line by line.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const patterns = secrets
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), ...longLines(secret)])
    .filter((pattern) => pattern !== '');
  if (patterns.length === 0) return (text) => text;
  // The longest first: a secret that begins like another must not leave its tail.
  const ordered = [...new Set(patterns)].sort((a, b) => b.length - a.length);
  const expression = new RegExp(ordered.map(escape).join('|'), 'g');
  return (text) => text.replace(expression, mask);
}

function longLines(secret: string): string[] {
  const lines = secret.split(/\r?\n/);
  return lines.length === 1 ? [] : lines.filter((line) => line.length >= shortestLine);
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
