import { deployOptions } from '@odoobo/ship/deploy/options';
import { healthcheckOptions } from '@odoobo/ship/healthcheck/options';
import { restartOptions } from '@odoobo/ship/instances/restart-options';
import { scaleOptions } from '@odoobo/ship/instances/scale-options';
import { logsOptions } from '@odoobo/ship/logs/options';
import { skillManifestSchema } from '@odoobo/ship/manifest/manifest';
import { mergeOptions } from '@odoobo/ship/merge/options';
import { monitorOptions } from '@odoobo/ship/monitor/options';
import { noticeSchema } from '@odoobo/ship/notifications/notice';
import { placementsFileSchema } from '@odoobo/ship/placement/placements-file';
import { planOptions } from '@odoobo/ship/plan/options';
import { profileOptions } from '@odoobo/ship/profile/options';
import { promoteOptions } from '@odoobo/ship/promote/options';
import { rollbackOptions } from '@odoobo/ship/rollback/options';
import { rolloutOptions } from '@odoobo/ship/rollout/options';
import { noOptions } from '@odoobo/ship/runs/options';
import { serveOptions } from '@odoobo/ship/serve/options';
import { smokeTestOptions } from '@odoobo/ship/smoke-test/options';
import { worktreeOptions } from '@odoobo/ship/worktree/options';
import * as z from 'zod';
import { adoptOptions } from '../generators/adopt/options.js';
import { ciOptions } from '../generators/ci/options.js';
import { initOptions } from '../generators/init/options.js';
import { presetOptions } from '../generators/preset/options.js';
import { removeOptions } from '../generators/remove/options.js';
import { skillOptions } from '../generators/skill/options.js';

/** Every schema file, by its path from this package, and the schema that it is generated from. */
const sources: Record<string, { title: string; schema: z.ZodType }> = {
  'schemas/skill.schema.json': { title: 'Skill', schema: skillManifestSchema },
  // For workspaces that do not have this package.
  '../ship/schemas/skill.schema.json': { title: 'Skill', schema: skillManifestSchema },
  'schemas/placements.schema.json': { title: 'Placements', schema: placementsFileSchema },
  '../ship/schemas/placements.schema.json': { title: 'Placements', schema: placementsFileSchema },
  'schemas/notification.schema.json': { title: 'Notification', schema: noticeSchema },
  'schemas/executors/build.schema.json': { title: 'build', schema: noOptions },
  'schemas/executors/validate.schema.json': { title: 'validate', schema: noOptions },
  'schemas/executors/serve.schema.json': { title: 'serve', schema: serveOptions },
  'schemas/executors/plan.schema.json': { title: 'plan', schema: planOptions },
  'schemas/executors/deploy.schema.json': { title: 'deploy', schema: deployOptions },
  'schemas/executors/promote.schema.json': { title: 'promote', schema: promoteOptions },
  'schemas/executors/healthcheck.schema.json': { title: 'healthcheck', schema: healthcheckOptions },
  'schemas/executors/smoke-test.schema.json': { title: 'smoke-test', schema: smokeTestOptions },
  'schemas/executors/rollback.schema.json': { title: 'rollback', schema: rollbackOptions },
  'schemas/executors/rollout.schema.json': { title: 'rollout', schema: rolloutOptions },
  'schemas/executors/restart.schema.json': { title: 'restart', schema: restartOptions },
  'schemas/executors/scale.schema.json': { title: 'scale', schema: scaleOptions },
  'schemas/executors/monitor.schema.json': { title: 'monitor', schema: monitorOptions },
  'schemas/executors/worktree.schema.json': { title: 'worktree', schema: worktreeOptions },
  'schemas/executors/merge.schema.json': { title: 'merge', schema: mergeOptions },
  'schemas/executors/logs.schema.json': { title: 'logs', schema: logsOptions },
  'schemas/executors/profile.schema.json': { title: 'profile', schema: profileOptions },
  'schemas/generators/skill.schema.json': { title: 'skill', schema: skillOptions },
  'schemas/generators/adopt.schema.json': { title: 'adopt', schema: adoptOptions },
  'schemas/generators/ci.schema.json': { title: 'ci', schema: ciOptions },
  'schemas/generators/init.schema.json': { title: 'init', schema: initOptions },
  'schemas/generators/preset.schema.json': { title: 'preset', schema: presetOptions },
  'schemas/generators/remove.schema.json': { title: 'remove', schema: removeOptions },
};

/**
 * The JSON Schemas that Nx, Nx Console and editors read, by path from this package.
 * Input mode, so that an option with a default is not required; draft 7, because Nx cannot read later ones.
 */
export function jsonSchemas(): Map<string, object> {
  return new Map(
    Object.entries(sources).map(([path, { title, schema }]) => [
      path,
      { title, ...z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }) },
    ]),
  );
}
