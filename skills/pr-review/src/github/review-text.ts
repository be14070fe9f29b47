import { quoted } from '../rules/quoted.js';
import type { Issue, ModelReview, Review } from '../schema.js';

/** GitHub's limit for a body is 65,536 characters; a review of more remarks than this is not read anyway. */
const maxComments = 50;
const maxListed = 100;

/** Invisible in the page. It distinguishes this skill's reviews from others by the same account. */
export const mark = '<!-- pr-review -->';

export interface ReviewComment {
  path: string;
  line: number;
  side: 'RIGHT' | 'LEFT';
  body: string;
}

/** The remarks on lines; what is beyond their number is in the text of the review. */
export function commentsOf({ issues }: Review): ReviewComment[] {
  return issues.slice(0, maxComments).map((issue) => ({
    path: issue.file,
    line: issue.line,
    side: issue.side,
    body: `**${issue.severity}** ${issue.type.replace('_', ' ')}: ${issue.message}\n\n${issue.suggestion}`,
  }));
}

/** The remarks of a language model, each marked as such. */
export function modelCommentsOf({ model_review }: Review): ReviewComment[] {
  return (model_review?.comments ?? []).map(({ file, line, side, message, suggestion }) => ({
    path: file,
    line,
    side,
    body: [
      '**Language model** (not verified; does not change the recommendation):',
      plainMarkdown(message),
      ...(suggestion ? [plainMarkdown(suggestion)] : []),
    ].join('\n\n'),
  }));
}

/** The text of the review; it lists the issues that get no remark of their own on a line. */
export function bodyOf(review: Review, comments: ReviewComment[]): string {
  const listed = review.issues.slice(comments.length);
  const lines = listed.slice(0, maxListed).map(listItem);
  const more = listed.length > maxListed ? [`- and ${listed.length - maxListed} more`] : [];
  const facts = [
    `Recommendation: **${review.approval_recommendation.replace('_', ' ')}**`,
    `${review.issues.length} ${review.issues.length === 1 ? 'issue' : 'issues'}`,
    `complexity ${review.complexity_score} of 10`,
    `lockfiles ${review.lockfile_sync.status.replaceAll('_', ' ')}`,
    ...(review.model_review ? [modelFact(review.model_review)] : []),
  ];
  return [mark, facts.join(' · '), '', ...lines, ...more].join('\n');
}

function modelFact({ status, comments, problem }: ModelReview): string {
  if (problem) return `language model: ${status.replaceAll('_', ' ')} (${plainMarkdown(problem.message)})`;
  return `language model: ${comments.length} ${comments.length === 1 ? 'comment' : 'comments'}`;
}

function listItem({ severity, file, line, message, suggestion }: Issue): string {
  return `- **${severity}** ${quoted(`${file}:${line}`)} ${message} ${suggestion}`;
}

/**
 * A stranger's text as Markdown that shows just that text: no markup, no HTML, nobody mentioned, nothing referred to. Code spans stay,
 * since nothing in them has a meaning.
 */
function plainMarkdown(text: string): string {
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
