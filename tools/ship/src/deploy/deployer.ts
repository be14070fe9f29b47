import { userName } from '@odoobo/git-flow';
import type { GitOptions } from '@odoobo/machine/git';

/** Who deploys, as far as known: the actor of a pipeline, or the user of git. */
export async function nameDeployer(env: NodeJS.ProcessEnv, git: GitOptions): Promise<string | undefined> {
  return env['CI'] ? env['GITHUB_ACTOR'] || undefined : userName(git);
}

/** The page of the pipeline's run, where its approvals are; undefined outside of GitHub Actions. */
export function pipelineOf(env: NodeJS.ProcessEnv): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id } = env;
  return server && repository && id ? `${server}/${repository}/actions/runs/${id}` : undefined;
}
