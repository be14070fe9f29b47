import { linesOf, type Markup, titleOf } from './describe-notice.js';
import type { Notice } from './notice.js';

/** The limit of an embed (https://discord.com/developers/docs/resources/message#embed-object-embed-limits). */
const longestDescription = 4_096;

const markup: Markup = {
  escape: (text) => text.replaceAll(/[\\*_~|>[\]()#]/g, '\\$&'),
  link: (url) => url,
  bold: (text) => `**${text}**`,
};

const colors: Record<Notice['event'], number> = {
  started: 0x3b82f6,
  finished: 0x22c55e,
  failed: 0xef4444,
  'crash-looping': 0xef4444,
  'alert-raised': 0xef4444,
  'rolled-back': 0xf59e0b,
  interrupted: 0xf59e0b,
  'rollout-started': 0x3b82f6,
  'rollout-step': 0x3b82f6,
  'rollout-waits': 0xf59e0b,
  'rollout-held': 0xf59e0b,
  'rollout-promoted': 0x22c55e,
  'rollout-aborted': 0xef4444,
};

/** A notice in the format of a Discord webhook (https://discord.com/developers/docs/resources/webhook#execute-webhook). */
export function toDiscord(notice: Notice): object {
  const description = linesOf(notice, markup, longestDescription);
  return {
    embeds: [
      {
        title: titleOf(notice),
        ...(description && { description }),
        color: colors[notice.event],
        timestamp: notice.at,
        footer: { text: notice.run },
      },
    ],
    // A log may hold "@everyone".
    allowed_mentions: { parse: [] },
  };
}
