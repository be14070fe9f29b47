import { type DeployResult, deployResultSchema } from '@odoobo/app-platform';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toDiscord } from './discord.js';
import { endNotice, errorNotice, type Notice, noticeSchema, startedNotice } from './notice.js';
import { toSlack } from './slack.js';

const run = {
  run: 'deploy-2026-01-31T09-30-00-000Z-1f3a',
  kind: 'deploy',
  environment: 'production',
} as const;
const digest = `sha256:${'a'.repeat(64)}`;

function result(skill: string, fields: Partial<DeployResult> = {}): DeployResult {
  return { skill, outcome: 'deployed', action: 'create', digest, durationMs: 3_200, ...fields };
}

const cause = {
  code: 'DeployContainerExitNonZero',
  message: 'the container <exited> & said:',
  logTail: ['1', '2', '3', '4', '5 `a`', '\u001b[31m@everyone <!channel>\u001b[0m'],
};
const notice = endNotice(run, [
  result('quiet', { outcome: 'unchanged', action: 'none' }),
  result('shop', { url: 'https://shop.example/' }),
  result('till_2', { outcome: 'failed', action: 'update', cause }),
]);

it('shows failures first in Slack, with the end of the log, and leaves out unchanged skills', () => {
  expect(toSlack(notice)).toEqual({
    text: 'Deploy to production failed: 1 failed, 1 created, 1 unchanged',
    blocks: [
      {
        type: 'section',
        text: {
          type: 'mrkdwn',
          verbatim: true,
          text: `*Deploy to production failed: 1 failed, 1 created, 1 unchanged*
*till_2* failed: DeployContainerExitNonZero: the container &lt;exited&gt; &amp; said:
\`\`\`
2
3
4
5 'a'
@everyone &lt;!channel&gt;
\`\`\`
*shop* created <https://shop.example/> (3.2 s)`,
        },
      },
      { type: 'context', elements: [{ type: 'plain_text', text: run.run, emoji: false }] },
    ],
  });
});

it('shows the same in Discord, without mentions', () => {
  expect(toDiscord(notice)).toEqual({
    embeds: [
      {
        title: 'Deploy to production failed: 1 failed, 1 created, 1 unchanged',
        description: `**till\\_2** failed: DeployContainerExitNonZero: the container <exited\\> & said:
\`\`\`
2
3
4
5 'a'
@everyone <!channel\\>
\`\`\`
**shop** created https://shop.example/ (3.2 s)`,
        color: 0xef4444,
        timestamp: notice.at,
        footer: { text: run.run },
      },
    ],
    allowed_mentions: { parse: [] },
  });
});

it.each<[Notice['event'], DeployResult[]]>([
  ['finished', [result('a'), result('b', { outcome: 'unchanged' })]],
  ['failed', [result('a', { outcome: 'rolled-back' }), result('b', { outcome: 'skipped' })]],
  ['rolled-back', [result('a', { outcome: 'rolled-back' }), result('b')]],
  ['rolled-back', [result('a', { action: 'rollback' })]],
  ['finished', [result('a', { action: 'delete' })]],
  ['interrupted', [result('a', { outcome: 'interrupted' }), result('b', { outcome: 'failed' })]],
])('calls a run %s', (event, results) => {
  expect(endNotice({ ...run, kind: 'rollback' }, results).event).toBe(event);
});

it('lets no message start a code block', () => {
  const open = { ...cause, message: 'expected ``` here', logTail: [] };
  const one = endNotice(run, [result('a', { outcome: 'failed', cause: open }), result('b')]);
  for (const text of [toSlack(one), toDiscord(one)].map((message) => JSON.stringify(message))) {
    expect(text).toContain("expected ''' here");
  }
});

it('lets no name in a title start a code block', () => {
  const one = endNotice(run, [result('```', { outcome: 'waiting' })]);
  expect(JSON.stringify([toSlack(one), toDiscord(one)])).not.toContain('```');
});

it('counts what does not fit', () => {
  const skills = Array.from({ length: 1_000 }, (_, n) => `skill-${n}`);
  expect(JSON.stringify(toSlack(startedNotice(run, skills)))).toMatch(/skill-0\*.*and \d{3} skills more"/);
  expect(JSON.stringify(toDiscord(startedNotice(run, skills)))).toMatch(
    /skill-0\*\*.*and \d{3} skills more"/,
  );
});

const text = fc.string({ unit: 'binary', maxLength: 600 });
const results: fc.Arbitrary<DeployResult> = fc.record(
  {
    skill: fc.oneof(fc.string({ minLength: 1, maxLength: 40 }), fc.constant('```')),
    outcome: fc.constantFrom(...deployResultSchema.shape.outcome.options),
    action: fc.constantFrom(...deployResultSchema.shape.action.options),
    digest: fc.constantFrom('-', digest),
    durationMs: fc.nat(),
    url: fc.webUrl(),
    note: text,
    cause: fc.record({
      code: fc.constantFrom('Unexpected', 'BuildFailed'),
      message: fc.oneof(text, fc.constant('&'.repeat(9_000)), fc.constant('````')),
      logTail: fc.array(fc.oneof(text, fc.constant('<>&`'.repeat(99))), { maxLength: 30 }),
    }),
  },
  { requiredKeys: ['skill', 'outcome', 'action', 'digest', 'durationMs'] },
);
const notices = fc.oneof(
  fc.array(results, { maxLength: 60 }).map((all) => endNotice(run, all)),
  fc.array(fc.string({ minLength: 1 }), { maxLength: 400 }).map((skills) => startedNotice(run, skills)),
  text.map((error) => errorNotice(run, 'failed', error)),
);

interface SlackMessage {
  text: string;
  blocks: [{ text: { text: string } }, object];
}

interface DiscordMessage {
  embeds: [{ title: string; description?: string; footer: { text: string } }];
}

it('sends only valid payloads, whatever happened', () => {
  fc.assert(
    fc.property(notices, (one) => {
      const slack = toSlack(one) as SlackMessage;
      const shown = slack.blocks[0].text.text;
      expect(shown.length).toBeLessThanOrEqual(3_000);
      // Each < and & belongs to a link or an entity of the message itself.
      expect(shown.replaceAll(/&(amp|lt|gt);|<https?:[^<>|]*>/g, '')).not.toMatch(/[<>&]/);
      expect((shown.match(/```/g) ?? []).length % 2).toBe(0);
      expect(slack.text.length).toBeLessThan(256);

      const [embed] = (toDiscord(one) as DiscordMessage).embeds;
      expect(embed.title.length).toBeLessThanOrEqual(256);
      expect(embed.description).not.toBe('');
      expect(embed.description?.length ?? 0).toBeLessThanOrEqual(4_096);

      expect(noticeSchema.parse(JSON.parse(JSON.stringify(one)))).toEqual(JSON.parse(JSON.stringify(one)));
      expect(JSON.stringify(one.skills).length).toBeLessThan(3 + one.skills.length * 8_000);
    }),
  );
});
