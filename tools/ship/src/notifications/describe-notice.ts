import { describeRollout } from '../rollout/describe-rollout.js';
import { headline } from '../runs/describe-result.js';
import { countSkills, formatDuration } from '../terminal/format.js';
import type { Notice, NoticeSkill, RolloutEvent } from './notice.js';

/** The markup of a receiver. */
export interface Markup {
  /** Escapes the receiver's special characters. */
  escape(text: string): string;
  link(url: string): string;
  bold(text: string): string;
}

const verbs: Record<Notice['kind'], string> = {
  deploy: 'Deploy to',
  rollback: 'Rollback on',
  restart: 'Restart on',
  scale: 'Scale on',
  monitor: 'Crash loop on',
};

const ofRollouts: Record<RolloutEvent, string> = {
  'rollout-started': 'has begun',
  'rollout-step': 'has taken a step',
  'rollout-waits': 'waits for an approval',
  'rollout-held': 'is held',
  'rollout-promoted': 'was promoted: all users get the new version',
  'rollout-aborted': 'was aborted: all users get the version before',
};

const ends: Record<Exclude<Notice['event'], 'crash-looping' | 'alert-raised' | RolloutEvent>, string> = {
  started: 'started',
  finished: 'finished',
  failed: 'failed',
  'rolled-back': 'rolled back',
  interrupted: 'was interrupted',
};

/** Such as `Deploy to production failed: 1 failed, 2 updated`. */
export function titleOf({ kind, environment, event, skills }: Notice): string {
  if (event === 'crash-looping') return `${verbs[kind]} ${environment}: ${countSkills(skills.length)}`;
  if (event === 'alert-raised')
    return `Alert on ${environment}: ${countSkills(new Set(skills.map(({ skill }) => skill)).size)}`;
  if (isOfRollout(event)) {
    const [first, ...others] = skills;
    const which = first && others.length === 0 ? plain(first.skill) : countOutcomes(skills);
    return `Rollout on ${environment} ${ofRollouts[event]}: ${which}`;
  }
  const what = event === 'started' ? countSkills(skills.length) : countOutcomes(skills);
  return `${verbs[kind]} ${environment} ${ends[event]}${what === '' ? '' : `: ${what}`}`;
}

function isOfRollout(event: Notice['event']): event is RolloutEvent {
  return event in ofRollouts;
}

function countOutcomes(skills: readonly NoticeSkill[]): string {
  const counts = new Map<string, number>();
  for (const skill of skills) counts.set(wordOf(skill), (counts.get(wordOf(skill)) ?? 0) + 1);
  return [...counts].map(([word, number]) => `${number} ${word}`).join(', ');
}

function wordOf({ outcome = 'unchanged', action = 'none' }: NoticeSkill): string {
  return headline({ outcome, action });
}

/**
 * Why the run could not start; otherwise one line per changed skill, with the end of its log if it failed. At most
 * `limit` UTF-16 units: lines that do not fit are counted.
 */
export function linesOf(notice: Notice, markup: Markup, limit: number): string {
  if (notice.error !== undefined) return inline(notice.error, markup);
  const changed = notice.skills.filter(({ outcome }) => outcome !== 'unchanged');
  const room = limit - andMore(changed.length).length;
  let text = '';
  for (const [index, skill] of changed.entries()) {
    const line = `${lineOf(skill, markup)}\n`;
    const withLog = `${line}${logOf(skill, markup)}`;
    const fitting = [withLog, line].find((one) => text.length + one.length <= room);
    if (fitting === undefined) return `${text}${andMore(changed.length - index)}`;
    text += fitting;
  }
  return text.trimEnd();
}

function andMore(skills: number): string {
  return `and ${countSkills(skills)} more`;
}

function lineOf(skill: NoticeSkill, markup: Markup): string {
  const { link, bold } = markup;
  const name = bold(inline(skill.skill, markup));
  if (skill.outcome === undefined && skill.rollout)
    return `${name} ${inline(describeRollout(skill.rollout), markup)}`;
  if (skill.outcome === undefined)
    return skill.cause ? `${name} ${inline(skill.cause.message, markup)}` : name;
  if (skill.cause)
    return `${name} ${wordOf(skill)}: ${inline(`${skill.cause.code}: ${skill.cause.message}`, markup)}`;
  const note =
    skill.outcome === 'waiting' && skill.note !== undefined ? `: ${inline(skill.note, markup)}` : '';
  const where = skill.url === undefined ? '' : ` ${link(skill.url)}`;
  return `${name} ${wordOf(skill)}${where} (${formatDuration(skill.durationMs ?? 0)})${note}`;
}

function inline(text: string, { escape }: Markup): string {
  return escape(plain(text));
}

/** Three backticks would start a code block. */
function plain(text: string): string {
  return text.replaceAll('```', "'''");
}

/** A backtick would end the code block. */
function logOf({ cause }: NoticeSkill, { escape }: Markup): string {
  if (!cause || cause.logTail.length === 0) return '';
  const lines = cause.logTail.map((line) => line.replaceAll('`', "'"));
  return `\`\`\`\n${escape(lines.join('\n'))}\n\`\`\`\n`;
}
