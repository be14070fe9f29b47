import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EnvLine } from './job-needs.js';

/** An environment that skills are deployed to before production. */
export interface Stage {
  environment: string;
  /** The variables of its deploy. */
  env: readonly EnvLine[];
}

/**
 * The workflow with a job for each environment before production, one after the other; production waits for the last. What the jobs share
 * with that of production is filled in later.
 * @param templates the folder of the templates
 */
export function withEnvironments(template: string, templates: string, stages: readonly Stage[]): string {
  const jobs = stages.map(({ environment, env }, index) => {
    const before = stages[index - 1];
    return readFileSync(join(templates, 'environments/github.yml.template'), 'utf8')
      .replaceAll('{{ environment }}', () => environment)
      .replaceAll('{{ before }}', () => (before ? `deploy-${before.environment}` : 'validate, build'))
      .replaceAll(/^( *)# \{\{ env of environment \}\}\n/gm, (_line, indent: string) =>
        env.map(([key, expression]) => `${indent}${key}: \${{ ${expression} }}\n`).join(''),
      );
  });
  const last = stages.at(-1);
  return template
    .replace('{{ after environments }}', () => (last ? `, deploy-${last.environment}` : ''))
    .replace('# {{ jobs of environments }}\n', () => jobs.map((job) => `${job}\n`).join(''));
}

/** The steps of the workflow that scales: one for each environment. */
export function scaleSteps(environments: readonly string[]): string {
  return environments
    .map((environment) =>
      [
        `      - name: Scale ${environment}`,
        `        if: \${{ !cancelled() }}`,
        '        env:',
        '          DIGITALOCEAN_ACCESS_TOKEN: ${{ secrets.DIGITALOCEAN_ACCESS_TOKEN }}',
        `        run: npx nx run-many -t scale --scheduled -c ${environment}`,
        '',
      ].join('\n'),
    )
    .join('');
}
