import { linesOf, type Markup, titleOf } from './describe-notice.js';
import type { Notice } from './notice.js';

/**
 * The limit of the text of a section (https://docs.slack.dev/reference/block-kit/blocks/section-block and
 * https://docs.slack.dev/reference/block-kit/composition-objects/text-object).
 */
const longestText = 3_000;

/** These three characters have a meaning (https://docs.slack.dev/messaging/formatting-message-text). */
const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

function escape(text: string): string {
  return text.replaceAll(/[&<>]/g, (character) => entities[character] ?? '');
}

const markup: Markup = {
  escape,
  // A vertical bar would begin the text of the link.
  link: (url) => `<${escape(url.replaceAll('|', '%7C'))}>`,
  bold: (text) => `*${text}*`,
};

/** A notice as a Slack webhook takes it (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks). */
export function toSlack(notice: Notice): object {
  const title = escape(titleOf(notice));
  const lines = linesOf(notice, markup, longestText - title.length - '**\n'.length);
  return {
    // The text that a phone shows.
    text: title,
    blocks: [section(`*${title}*\n${lines}`), context(notice.run)],
  };
}

/** `verbatim`: text that looks like a channel, a person or a link stays text. */
function section(text: string): object {
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } };
}

function context(text: string): object {
  return { type: 'context', elements: [{ type: 'plain_text', text, emoji: false }] };
}
