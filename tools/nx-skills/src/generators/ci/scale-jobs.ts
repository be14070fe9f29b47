import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The commands that scale by the clock, and when they run. */
export interface WantedScale {
  /** A cron line in UTC. */
  times: string;
  /** Production, and those before it. */
  environments: readonly string[];
}

/**
 * A template with what schedules add: a step for each environment, or on GitLab, whose schedules are no files, a job.
 * @param templates the folder of the templates
 * @param scale undefined if no manifest has a schedule
 */
export function withScale(template: string, templates: string, scale: WantedScale | undefined): string {
  const { times = '', environments = [] } = scale ?? {};
  return template
    .replaceAll('{{ times of scale }}', () => times)
    .replace('      # {{ steps of scale }}\n', () => environments.map(stepOf).join(''))
    .replace('# {{ note of scale }}\n', () => (scale ? noteOf(times) : ''))
    .replace('\n# {{ jobs of scale }}\n', () => environments.map((one) => jobOf(one, templates)).join(''));
}

function stepOf(environment: string): string {
  return [
    `      - name: Scale ${environment}`,
    `        if: \${{ !cancelled() }}`,
    '        env:',
    '          DIGITALOCEAN_ACCESS_TOKEN: ${{ secrets.DIGITALOCEAN_ACCESS_TOKEN }}',
    `        run: npx nx run-many -t scale --scheduled -c ${environment}`,
    '',
  ].join('\n');
}

function noteOf(times: string): string {
  return `# Schedules of skills: add one in Build > Pipeline schedules, for the default branch, in UTC, with the interval pattern ${times}\n`;
}

function jobOf(environment: string, templates: string): string {
  const template = readFileSync(join(templates, 'scale/gitlab.yml.template'), 'utf8');
  return `\n${template.trimEnd().replaceAll('{{ environment }}', () => environment)}\n`;
}
