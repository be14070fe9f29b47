import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CiProvider } from './render-files.js';
import type { WantedRollouts } from './rollouts.js';

/** What a template becomes where skills have rollouts, and where none has. */
interface Parts {
  /** How long a deploy may take, as the provider writes it. */
  time: string;
  leaveWaiting: string;
  unlessWaiting: string;
  /** Further jobs that the report waits for. */
  after: string;
  /** Whole lines. */
  key: string[];
  jobs: string[];
  records: string[];
}

/**
 * A template with what rollouts add: the key of the team, more time, and for each step that waits for an approval the jobs that
 * find what waits, let a person approve it, and follow it to its end.
 * @param templates the folder of the templates
 * @param rollouts undefined if no skill has one
 * @param soakMinutes how long a deploy may have to wait between its waves
 */
export function withRollouts(
  template: string,
  provider: CiProvider,
  templates: string,
  rollouts: WantedRollouts | undefined,
  soakMinutes: number,
): string {
  const parts = {
    ...nothing[provider],
    time: timeOf[provider](Math.min(usualMinutes + soakMinutes, longestMinutes)),
    ...(rollouts && added(provider, templates, rollouts.approvals)),
  };
  const lines = { 'jobs of rollouts': parts.jobs, 'records of rollouts': parts.records };
  const whole = Object.entries(lines).reduce(withLines, template);
  const words = {
    'time of deploy': parts.time,
    'leave waiting': parts.leaveWaiting,
    'unless waiting': parts.unlessWaiting,
    'after rollouts': parts.after,
  };
  const filled = Object.entries(words).reduce(
    (text, [marker, word]) => text.replaceAll(`{{ ${marker} }}`, () => word),
    whole,
  );
  // Last, because the jobs of rollouts need it, too.
  return withLines(filled, ['key of rollouts', parts.key]);
}

function withLines(text: string, [marker, lines]: [string, readonly string[]]): string {
  return text.replaceAll(new RegExp(`^( *)# \\{\\{ ${marker} \\}\\}\\n`, 'gm'), (_line, indent: string) =>
    lines.map((line) => `${indent}${line}\n`).join(''),
  );
}

const none = { leaveWaiting: '', unlessWaiting: '', after: '', key: [], jobs: [], records: [] };
const nothing: Record<CiProvider, Omit<Parts, 'time'>> = { github: none, gitlab: none };

const usualMinutes = 60;
/** The longest time of a job: of GitHub's runners (https://docs.github.com/en/actions/reference/limits), and the same on GitLab. */
const longestMinutes = 360;
const timeOf: Record<CiProvider, (minutes: number) => string> = {
  github: (minutes) => `${minutes}`,
  gitlab: (minutes) => `${minutes} minutes`,
};

const keys: Record<CiProvider, string> = {
  github: 'ROLLOUT_KEY: ${{ secrets.ROLLOUT_KEY }}',
  gitlab:
    '#   ROLLOUT_KEY                the key of rollouts; protected, masked, only for the environment production',
};

const longest: Record<CiProvider, string> = { github: `${longestMinutes}`, gitlab: '6 hours' };

function added(provider: CiProvider, templates: string, approvals: number): Partial<Parts> {
  const parts = { time: longest[provider], key: [keys[provider]] };
  if (approvals === 0) return parts;
  const rounds = Array.from({ length: approvals }, (_, index) => (index === 0 ? '' : `-${index + 1}`));
  return {
    ...parts,
    leaveWaiting: ' --leaveWaiting',
    unlessWaiting: " && steps.deployment.outputs.result != 'WAITING'",
    after: rounds.map((round) => `, waiting${round}, follow${round}`).join(''),
    records: downloadFollowed,
    // GitLab's jobs can be run again for a further approval, those of GitHub cannot.
    jobs: (provider === 'gitlab' ? [''] : rounds).flatMap((round, index) => {
      const block = readFileSync(join(templates, `rollouts/${provider}.yml.template`), 'utf8');
      const before = index === 0 ? 'deploy' : `follow${rounds[index - 1]}`;
      return block
        .replaceAll('{{ round }}', round)
        .replaceAll('{{ before }}', before)
        .trimEnd()
        .split('\n')
        .concat('');
    }),
  };
}

const downloadFollowed = [
  '- uses: actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1',
  '  with:',
  '    pattern: follow*-*',
  '    path: reports/follow',
];
