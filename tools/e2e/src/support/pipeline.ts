import { execa } from 'execa';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { outerEnvironment, Workspace } from './workspace.js';

export interface StepRun {
  exitCode: number | undefined;
  /** Everything that it printed. */
  all: string;
}

export interface Step {
  name?: string;
  run?: string;
  env?: Record<string, string | number>;
}

/** The token that GitHub gives to a job. */
export const jobToken = 'ghs_the-token-of-the-job';

const workflow = '.github/workflows/deploy-skills-parallel.yml';

const builtFromBranch = `name: changed
services:
  - name: changed
    github: { repo: acme/changed, branch: '\${GITHUB_REF_NAME}' }
    run_command: node skills/changed/src/main.js
    instance_size_slug: apps-s-1vcpu-0.5gb
    health_check: { http_path: /health, period_seconds: 1 }
`;

/**
 * The steps of the workflow, as the generator writes it for another repository, each run as GitHub runs it. The branch
 * `skill/changed`, whose skill `changed` has changed, is pushed and checked out; the skill `kept` is as on main.
 */
export class Pipeline {
  private constructor(
    readonly workspace: Workspace,
    /** The folder of the origin, and for whatever else does not belong to the workspace. */
    readonly elsewhere: string,
    readonly origin: string,
    private readonly jobs: Record<string, { steps: Step[] }>,
  ) {}

  static async create(): Promise<Pipeline> {
    const elsewhere = await realpath(await mkdtemp(join(tmpdir(), 'ci-')));
    const origin = join(elsewhere, 'acme/changed.git');
    const workspace = await Workspace.create({ changed: {}, kept: {} });
    await workspace.nx(['g', '@odoobo/nx-skills:ci']);
    const { jobs } = parse(await workspace.read(workflow)) as { jobs: Record<string, { steps: Step[] }> };
    await workspace.write('infra/do-gradient/changed/app-spec.yaml', builtFromBranch);
    await workspace.commit('pipeline');
    await workspace.git('init', '-q', '--bare', '-b', 'main', origin);
    await workspace.git('remote', 'add', 'origin', origin);
    await workspace.git('push', '-q', 'origin', 'main');
    await workspace.git('switch', '-qc', 'skill/changed');
    await workspace.change('changed', { says: 'new' });
    await workspace.commit('change it');
    await workspace.git('push', '-q', 'origin', 'skill/changed');
    return new Pipeline(workspace, elsewhere, origin, jobs);
  }

  async close(): Promise<void> {
    await this.workspace.close();
    await rm(this.elsewhere, { recursive: true, force: true });
  }

  stepOf(job: string, name: string): Step {
    const step = this.jobs[job]?.steps.find((one) => one.name === name);
    if (!step) throw new Error(`The job ${job} has no step "${name}".`);
    return step;
  }

  /** Runs a step of a job; its output for GITHUB_OUTPUT and GITHUB_STEP_SUMMARY is in files of these names. */
  runStep(
    job: string,
    name: string,
    env: Record<string, string>,
    checkout = this.workspace,
  ): Promise<StepRun> {
    const step = this.stepOf(job, name);
    return this.runScript(step.run ?? '', { ...valuesOf(step), ...env }, checkout);
  }

  /** https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax: `bash` of `shell`. */
  async runScript(script: string, env: Record<string, string>, checkout = this.workspace): Promise<StepRun> {
    const file = join(this.elsewhere, 'step.sh');
    await writeFile(file, script);
    const { exitCode, all } = await execa('bash', ['--noprofile', '--norc', '-eo', 'pipefail', file], {
      cwd: checkout.root,
      env: {
        ...outerEnvironment(),
        ...this.workspace.env,
        GITHUB_OUTPUT: join(this.workspace.root, '.nx/GITHUB_OUTPUT'),
        GITHUB_STEP_SUMMARY: join(this.workspace.root, '.nx/GITHUB_STEP_SUMMARY'),
        ...env,
      },
      extendEnv: false,
      reject: false,
      all: true,
    });
    return { exitCode, all };
  }

  async lastLine(file: 'GITHUB_OUTPUT' | 'GITHUB_STEP_SUMMARY'): Promise<string | undefined> {
    return (await this.workspace.read(`.nx/${file}`)).trimEnd().split('\n').at(-1);
  }

  async commitOf(name: string): Promise<string> {
    return (await execa('git', ['rev-parse', name], { cwd: this.workspace.root })).stdout;
  }
}

/** The values that GitHub fills in; the test defines inputs, secrets and the matrix. */
export function valuesOf(step: Step): Record<string, string> {
  const filled = Object.entries(step.env ?? {}).map(([key, value]) => [
    key,
    String(value)
      .replaceAll('${{ github.server_url }}', 'https://github.example')
      .replaceAll('${{ github.token }}', jobToken),
  ]);
  return Object.fromEntries(filled.filter(([, value]) => !value?.includes('${{')));
}
