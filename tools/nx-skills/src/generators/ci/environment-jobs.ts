import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EnvLine } from './job-needs.js';
import type { CiProvider } from './render-files.js';

/** An environment that skills are deployed to before production. */
export interface Stage {
  environment: string;
  /** The variables of its deploy. */
  env: readonly EnvLine[];
}

const firstJobs: Record<CiProvider, string> = {
  github: 'validate, build',
  gitlab: 'skills-check, skills-build',
};

const jobOf: Record<CiProvider, (environment: string) => string> = {
  github: (environment) => `deploy-${environment}`,
  gitlab: (environment) => `skills-deploy-${environment}`,
};

/**
 * The workflow or pipeline with a job for each environment before production, one after the other; production waits for the last. What
 * the jobs share with that of production is filled in later.
 * @param templates the folder of the templates
 */
export function withEnvironments(
  template: string,
  provider: CiProvider,
  templates: string,
  stages: readonly Stage[],
): string {
  const jobs = stages.map(({ environment, env }, index) => {
    const before = stages[index - 1];
    return readFileSync(join(templates, `environments/${provider}.yml.template`), 'utf8')
      .replaceAll('{{ environment }}', () => environment)
      .replaceAll('{{ before }}', () => (before ? jobOf[provider](before.environment) : firstJobs[provider]))
      .replaceAll(/^( *)# \{\{ env of environment \}\}\n/gm, (_line, indent: string) =>
        env.map(([key, expression]) => `${indent}${key}: \${{ ${expression} }}\n`).join(''),
      );
  });
  const last = stages.at(-1);
  const others = stages.map(({ environment }) => environment).join(', ');
  return template
    .replace('{{ after environments }}', () => (last ? `, ${jobOf[provider](last.environment)}` : ''))
    .replace('{{ other environments }}', () => (last ? `; another one for each of ${others}` : ''))
    .replace('# {{ jobs of environments }}\n', () => jobs.map((job) => `${job.trimEnd()}\n\n`).join(''));
}
