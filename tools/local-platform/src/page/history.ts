import { type Deployment, digestKey, mapSecrets } from '@odoobo/app-platform/spec';
import { differences, liveMarkOf, rollbackTargets, rolledBackFrom } from '@odoobo/app-platform/versions';
import { foreignRepository, git, GitError } from '@odoobo/machine/git';
import type { FastifyInstance } from 'fastify';
import { createHmac, randomBytes } from 'node:crypto';
import * as z from 'zod';
import { requireApp } from '../api/apps.js';
import type { ApiContext, AppRoute } from '../api/context.js';
import { parseInput } from '../api/input.js';
import { presentDeployment } from '../api/present.js';
import { findDeployment } from '../deployments/rollback.js';
import { hostPath } from '../process/host-path.js';
import type { AppRecord, DeploymentRecord } from '../state/app-record.js';
import { pageData } from './addresses.js';
import type { ChangesAnswer, HistoryAnswer, Origin, Side } from './history-answers.js';

const changesQuery = z.object({ from: z.string(), to: z.string() });

/** Where the deployments of an app come from, which of them a rollback goes back to, and how two of them differ. */
export function historyRoutes(server: FastifyInstance, context: ApiContext): void {
  server.get<AppRoute>(`${pageData}apps/:app/history`, ({ params }) =>
    historyOf(context, requireApp(context, params.app)),
  );

  server.get<AppRoute>(`${pageData}apps/:app/changes`, ({ params, query }) => {
    const { from, to } = parseInput(changesQuery, query);
    return changesOf(context, requireApp(context, params.app), from, to);
  });
}

async function historyOf(context: ApiContext, app: AppRecord): Promise<HistoryAnswer> {
  const deployments = app.deployments.map((one) => comparable(context, app, one));
  const live = deployments.find(({ phase }) => phase === 'ACTIVE');
  const origins = deployments.map(async (one) => [one.id, await originOf(context, one)] as const);
  return {
    deployments: Object.fromEntries(await Promise.all(origins)),
    targets: rollbackTargets(deployments, live).map(({ id }) => id),
    rolledBackFrom: rolledBackFrom(deployments, deployments).map(({ id }) => id),
  };
}

async function changesOf(
  context: ApiContext,
  app: AppRecord,
  from: string,
  to: string,
): Promise<ChangesAnswer> {
  const [before, after] = [from, to].map((id) => comparable(context, app, findDeployment(app, id))) as [
    Deployment,
    Deployment,
  ];
  const fields = before.spec && after.spec ? differences(after.spec, before.spec) : [];
  return {
    from: await sideOf(context, before),
    to: await sideOf(context, after),
    // It says what the artefact says.
    fields: fields
      .filter(({ path }) => !path.endsWith(`/envs/${digestKey}/value`))
      .map(({ path, before, after }) => ({
        path,
        ...(before !== undefined && { before: withoutCredentials(before) }),
        ...(after !== undefined && { after: withoutCredentials(after) }),
      })),
  };
}

/** A URL may carry a password in a field that is not declared a secret, such as where to clone from. */
function withoutCredentials(text: string): string {
  return text.replace(/([a-z][a-z\d+.-]*:\/\/)[^\s"]*@/gi, '$1(secret)@');
}

/** Only this process can make the stand-ins of secrets. */
const key = randomBytes(32);

/**
 * The deployment as it is compared. An unchanged secret is encrypted again with each write, so a stand-in that depends only on
 * its plaintext replaces it. The stand-in looks encrypted, so no comparison shows it.
 */
export function comparable({ secrets }: ApiContext, app: AppRecord, record: DeploymentRecord): Deployment {
  const deployment = presentDeployment(app, record, secrets);
  const standIn = (value: string) =>
    createHmac('sha256', key)
      .update(secrets.decrypt(value) ?? value)
      .digest('base64');
  const spec = deployment.spec && mapSecrets(deployment.spec, ({ value }) => `EV[${standIn(value)}]`);
  return { ...deployment, ...(spec && { spec }) };
}

async function sideOf(context: ApiContext, deployment: Deployment): Promise<Side> {
  const origin = await originOf(context, deployment);
  return { ...origin, ...(origin.commit && (await readCommit(context.directory, origin.commit))) };
}

async function originOf({ images }: ApiContext, deployment: Deployment): Promise<Origin> {
  const { commit, dirty, by } = liveMarkOf(deployment) ?? {};
  const built = commit ?? builtCommit(deployment);
  const digest = imageDigest(deployment);
  const version = digest && (await images.version(digest).catch(() => undefined));
  return {
    ...(version && { version }),
    ...(digest && { digest }),
    ...(built && { commit: built }),
    ...(dirty !== undefined && { dirty }),
    ...(by !== undefined && { by }),
  };
}

function imageDigest({ spec }: Deployment): string | undefined {
  const components = [spec?.services, spec?.workers, spec?.jobs].flatMap((list) => list ?? []);
  return components.find(({ image }) => image?.digest !== undefined)?.image?.digest;
}

/** For a deployment without a mark. */
function builtCommit({ services, static_sites: sites, workers, jobs }: Deployment): string | undefined {
  const components = [services, sites, workers, jobs].flatMap((list) => list ?? []);
  return components.find((one) => one.source_commit_hash)?.source_commit_hash;
}

const answerMs = 3000;

/**
 * Author and subject of a commit, from the repository around a folder.
 * @returns nothing where there is no such repository, or it does not have the commit
 */
async function readCommit(
  folder: string,
  commit: string,
): Promise<{ author: string; subject: string } | undefined> {
  // The author of the mark could have written an option.
  if (!/^[0-9a-f]{7,64}$/.test(commit)) return undefined;
  const args = ['show', '--no-patch', '--format=%an%x00%s', commit, '--'];
  try {
    const { exitCode, stdout } = await git(args, {
      cwd: folder,
      policy: foreignRepository,
      env: { PATH: hostPath() },
      timeoutMs: answerMs,
    });
    if (exitCode !== 0) return undefined;
    const [author = '', subject = ''] = stdout.split('\0');
    return { author, subject };
  } catch (error) {
    if (error instanceof GitError) return undefined;
    throw error;
  }
}
