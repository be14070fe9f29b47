import type { ShownApp } from '../apps/show-app.js';
import { escapeMarkdown, markdownBlock, markdownTable } from './markdown.js';

/** The previews of a pull request as a table: for a comment on it. */
export function previewsMarkdown(previews: readonly ShownApp[]): string {
  if (previews.length === 0) return '## Preview\n\nThere is no preview of this pull request.\n';
  const rows = previews.map(({ name, state, url, cost }) => [
    url !== undefined && /^https?:\/\/[\w.:/-]+$/.test(url)
      ? `[${escapeMarkdown(name)}](${url})`
      : escapeMarkdown(name),
    `${state === 'live' ? '✅ ' : ''}${escapeMarkdown(state)}`,
    cost === undefined ? 'not known' : `$${cost.toFixed(2)} a month`,
  ]);
  return [
    '## Preview\n',
    markdownTable(['App', 'State', 'Cost'], rows),
    'Deleted when this pull request is closed, or its label is removed.\n',
  ].join('\n');
}

/** The comment after they are deleted. */
export function deletedMarkdown(deleted: readonly string[]): string {
  if (deleted.length === 0) return previewsMarkdown([]);
  return `## Preview\n\nDeleted: ${deleted.map(escapeMarkdown).join(', ')}.\n`;
}

/** The comment if they cannot be read. */
export function noPreviewsMarkdown(problem: string): string {
  return `## Preview\n\n❌ The previews could not be read:\n\n${markdownBlock(problem)}\nSee the log of this run.\n`;
}
