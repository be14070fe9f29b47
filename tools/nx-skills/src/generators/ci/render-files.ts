import type { SkillTarget, TargetNames } from '@odoobo/ship/manifest/target-names';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CiManager } from './ci-manager.js';
import { type Stage, withEnvironments } from './environment-jobs.js';
import type { EnvLine, JobNeeds, StepNeeds } from './job-needs.js';
import { withRollouts } from './rollout-jobs.js';
import type { WantedRollouts } from './rollouts.js';
import { type WantedScale, withScale } from './scale-jobs.js';

const previewWorkflow = '.github/workflows/preview-skills.yml';
/** Only where manifests have schedules. */
const scaleWorkflow = '.github/workflows/scale-skills.yml';

/** The paths of the files, relative to the root of the repository; each has its template in `templates/ci`. */
export const filesOf = {
  github: [
    '.github/workflows/deploy-skills-parallel.yml',
    previewWorkflow,
    scaleWorkflow,
    '.github/actions/setup-skills/action.yml',
  ],
  gitlab: ['.gitlab/skills.gitlab-ci.yml'],
} as const;

export type CiProvider = keyof typeof filesOf;

/** The job's token, only for the step that needs the origin: `actions/checkout` would leave it on the disk for all steps. */
const gitCredentials = [
  '# Git sends this token to origin; it is not stored on the disk of the runner.',
  'GITHUB_TOKEN: ${{ github.token }}',
  'GIT_CONFIG_COUNT: 1',
  'GIT_CONFIG_KEY_0: credential.${{ github.server_url }}.helper',
  `GIT_CONFIG_VALUE_0: '!f() { echo username=x-access-token; echo "password=$GITHUB_TOKEN"; }; f'`,
];

/** The targets that the commands of the workflows name. */
const ourTargets =
  /("\$PROJECT:|nx (?:run-many|affected) -t )(build|validate|plan|deploy|healthcheck|smoke-test|rollout|scale)\b/g;

export interface CiValues {
  provider: CiProvider;
  /** The base branch of pull requests that are planned. */
  defaultBranch: string;
  manager: CiManager;
  needs: JobNeeds;
  /** Of previews, which are apps of their own whatever placements there are. */
  needsOfPreviews: JobNeeds;
  /** What the targets are called in the workspace. */
  names: TargetNames;
  /** Undefined if no skill has one. */
  rollouts: WantedRollouts | undefined;
  /** The environments before production. */
  stages: readonly Stage[];
  /** How long a deploy may have to wait between its waves. */
  soakMinutes: number;
  /** Undefined if no size changes by the clock. */
  scale: WantedScale | undefined;
}

/** The files of the workflows or pipeline, by path. Without EJS, which does not quote values for YAML. */
export function renderFiles({
  provider,
  defaultBranch,
  manager,
  needs,
  needsOfPreviews,
  names,
  rollouts,
  stages,
  soakMinutes,
  scale,
}: CiValues): Map<string, string> {
  const templates = join(import.meta.dirname, '../../../templates/ci');
  const quotedBranch = `'${defaultBranch.replaceAll("'", "''")}'`;
  const files = filesOf[provider].filter((file) => file !== scaleWorkflow || scale !== undefined);
  return new Map(
    files.map((file) => [
      file,
      withManager(
        withRollouts(
          withEnvironments(
            withScale(readFileSync(join(templates, `${file}.template`), 'utf8'), templates, scale),
            provider,
            templates,
            stages,
          ),
          provider,
          templates,
          rollouts,
          soakMinutes,
        ),
        manager,
      )
        .replaceAll("'{{ default branch }}'", () => quotedBranch)
        .replaceAll(/^( *)# \{\{ git credentials \}\}\n/gm, (_line, indent: string) =>
          indented(gitCredentials, indent),
        )
        .replaceAll(
          /^( *)# \{\{ (env|permissions) of (plan|deploy) \}\}\n/gm,
          (_line, indent: string, what: 'env' | 'permissions', step: keyof JobNeeds) => {
            const { [step]: own } = file === previewWorkflow ? needsOfPreviews : needs;
            return indented(what === 'env' ? envOf(own) : permissionsOf(own), indent);
          },
        )
        .replaceAll(ourTargets, (_match, before: string, target: SkillTarget) => `${before}${names[target]}`),
    ]),
  );
}

function envOf({ env }: StepNeeds): string[] {
  return env.map(([key, expression]: EnvLine) => `${key}: \${{ ${expression} }}`);
}

function permissionsOf({ packages }: StepNeeds): string[] {
  const whys = { read: 'Reads the base image in GHCR.', write: 'Pushes images to GHCR.' };
  return packages === undefined ? [] : [`packages: ${packages} # ${whys[packages]}`];
}

function indented(lines: readonly string[], indent: string): string {
  return lines.map((line) => `${indent}${line}\n`).join('');
}

/** The templates are those of npm. */
function withManager(template: string, manager: CiManager): string {
  const { name, lockFile, install, exec } = manager;
  return template
    .replaceAll(
      /^( *)# \{\{ package manager as a (step|line) \}\}\n/gm,
      (_line, indent: string, as: 'step' | 'line') => indented(setUpLines(manager, as), indent),
    )
    .replaceAll(/^ *cache: npm\n/gm, (line) => (name === 'bun' ? '' : line.replace('npm', name)))
    .replaceAll('package-lock.json', lockFile)
    .replaceAll(/(run: |- )npm ci\n/g, (_command, before: string) => `${before}${install}\n`)
    .replaceAll(/\bnpx /g, `${exec} `);
}

function setUpLines({ name, setUp }: CiManager, as: 'step' | 'line'): string[] {
  if (setUp === undefined) return [];
  return as === 'line' ? [`- ${setUp}`] : [`- name: Install ${name}`, '  shell: bash', `  run: ${setUp}`];
}
