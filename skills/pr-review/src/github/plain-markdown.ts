/**
 * A stranger's text as Markdown that shows just that text: no markup, no HTML, nobody mentioned, nothing referred to. Code spans stay,
 * since nothing in them has a meaning.
 */
export function plainMarkdown(text: string): string {
  return text
    .split(/(`[^`\n]+`)/)
    .map((part, index) => (index % 2 === 1 ? part : escaped(part)))
    .join('');
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Without an effect on what is shown; it ends what GitHub takes for a mention, a reference or a URL. */
const invisible = '\u200b';

function escaped(text: string): string {
  return text
    .replace(/[&<>]/g, (character) => entities[character] ?? '')
    .replace(/[\\`*_{}[\]()#+!|~-]/g, '\\$&')
    .replace(/[@#]|(?<=\bGH)\\-|:(?=\/\/)|(?<=\bwww)\./gi, `$&${invisible}`);
}
