import * as z from 'zod';
import type { AppSpec } from './app-spec.js';
import { phases } from './phases.js';

/*
 * The replies of the API. Unknown fields are kept, and unknown enum values are read as UNKNOWN:
 * the platform may grow, and a deploy must not break on a field that it does not use.
 */

/** A spec as the platform returns it; it was checked when it was written, so only that it is an object is checked. */
const platformSpecSchema = z.custom<AppSpec>(
  (value) => typeof value === 'object' && value !== null && 'name' in value,
  { error: 'expected an app spec' },
);

const reasonSchema = z.looseObject({ code: z.string().optional(), message: z.string().optional() });

/** A step of a deployment; steps nest, and the counters count the leaves. */
export const deploymentProgressStepSchema = z.looseObject({
  name: z.string().optional(),
  status: z.enum(['UNKNOWN', 'PENDING', 'RUNNING', 'ERROR', 'SUCCESS']).catch('UNKNOWN').optional(),
  component_name: z.string().optional(),
  message_base: z.string().optional(),
  reason: reasonSchema.optional(),
  started_at: z.string().optional(),
  ended_at: z.string().optional(),
  get steps(): z.ZodOptional<z.ZodArray<typeof deploymentProgressStepSchema>> {
    return z.array(deploymentProgressStepSchema).optional();
  },
});

/** Zero counters are omitted: if all are missing, that does not mean that all steps are done. */
export const deploymentProgressSchema = z.looseObject({
  pending_steps: z.number().optional(),
  running_steps: z.number().optional(),
  success_steps: z.number().optional(),
  error_steps: z.number().optional(),
  total_steps: z.number().optional(),
  steps: z.array(deploymentProgressStepSchema).optional(),
  summary_steps: z.array(deploymentProgressStepSchema).optional(),
});

const deployedComponentSchema = z.looseObject({
  name: z.string().optional(),
  source_commit_hash: z.string().optional(),
});

/** `apps_deployment`, and `previous_deployment_id`, which only godo (apps.gen.go) has. */
export const deploymentSchema = z.looseObject({
  id: z.string(),
  phase: z.enum(phases).catch('UNKNOWN').optional(),
  spec: platformSpecSchema.optional(),
  cause: z.string().optional(),
  cloned_from: z.string().optional(),
  previous_deployment_id: z.string().optional(),
  progress: deploymentProgressSchema.optional(),
  services: z.array(deployedComponentSchema).optional(),
  workers: z.array(deployedComponentSchema).optional(),
  jobs: z.array(deployedComponentSchema).optional(),
  static_sites: z.array(deployedComponentSchema).optional(),
  functions: z.array(deployedComponentSchema).optional(),
  created_at: z.string().optional(),
  updated_at: z.string().optional(),
  phase_last_updated_at: z.string().optional(),
  tier_slug: z.string().optional(),
});

/** `app` of the official document, as far as it is used here. */
export const appSchema = z.looseObject({
  id: z.string(),
  spec: platformSpecSchema,
  active_deployment: deploymentSchema.optional(),
  in_progress_deployment: deploymentSchema.optional(),
  pending_deployment: deploymentSchema.optional(),
  pinned_deployment: deploymentSchema.optional(),
  default_ingress: z.string().optional(),
  live_url: z.string().optional(),
  live_url_base: z.string().optional(),
  live_domain: z.string().optional(),
  tier_slug: z.string().optional(),
  owner_uuid: z.string().optional(),
  project_id: z.string().optional(),
  last_deployment_created_at: z.string().optional(),
  last_deployment_active_at: z.string().optional(),
  created_at: z.string().optional(),
  updated_at: z.string().optional(),
});

const paging = {
  links: z
    .looseObject({
      pages: z
        .looseObject({
          first: z.string().optional(),
          prev: z.string().optional(),
          next: z.string().optional(),
          last: z.string().optional(),
        })
        .optional(),
    })
    .optional(),
  meta: z.looseObject({ total: z.number().optional() }).optional(),
};

export const appResponseSchema = z.looseObject({ app: appSchema });
export const deploymentResponseSchema = z.looseObject({ deployment: deploymentSchema });
export const appsPageSchema = z.looseObject({ apps: z.array(appSchema).default([]), ...paging });
export const deploymentsPageSchema = z.looseObject({
  deployments: z.array(deploymentSchema).default([]),
  ...paging,
});

/** URLs of logs: `live_url` while they grow, `historic_urls` once archived. */
export const logsResponseSchema = z.looseObject({
  live_url: z.string().optional(),
  historic_urls: z.array(z.string()).optional(),
});

/** `app_rollback_validation_condition.code` of the official document: the first six forbid, the last two warn. */
export const rollbackConditionCodes = [
  'incompatible_phase',
  'incompatible_result',
  'exceeded_revision_limit',
  'app_pinned',
  'database_config_conflict',
  'region_conflict',
  'static_site_requires_rebuild',
  'image_source_missing_digest',
] as const;

const rollbackConditionSchema = z.looseObject({
  code: z.string().optional(),
  message: z.string().optional(),
  components: z.array(z.string()).optional(),
});

/** The status is 200 even when invalid. */
export const rollbackValidationSchema = z.looseObject({
  valid: z.boolean().default(false),
  error: rollbackConditionSchema.optional(),
  warnings: z.array(rollbackConditionSchema).optional(),
});

/** What an app would contain and cost (US dollars a month). */
export const proposalSchema = z.looseObject({
  app_name_available: z.boolean().optional(),
  app_name_suggestion: z.string().optional(),
  app_is_static: z.boolean().optional(),
  app_cost: z.number().optional(),
  spec: platformSpecSchema.optional(),
});

/**
 * `GET /v2/monitoring/metrics/apps/...`, as the official reference of the API has it: the format of Prometheus. A value is a second
 * since 1970 and a number as text.
 */
export const metricResponseSchema = z.looseObject({
  data: z.looseObject({
    result: z
      .array(
        z.looseObject({
          metric: z.looseObject({
            app_component: z.string().optional(),
            app_component_instance: z.string().optional(),
          }),
          values: z.array(z.tuple([z.number(), z.string()])).default([]),
        }),
      )
      .default([]),
  }),
});

/** `apps_list_regions` of the official document. */
export const regionsPageSchema = z.looseObject({
  regions: z.array(z.looseObject({ slug: z.string(), disabled: z.boolean().optional() })),
});

/** A page of /v2/projects: https://docs.digitalocean.com/reference/api/reference/projects/ */
export const projectsPageSchema = z.looseObject({
  projects: z.array(z.looseObject({ id: z.string(), name: z.string() })),
  links: z.looseObject({ pages: z.looseObject({ next: z.string().optional() }).optional() }).optional(),
});

export const errorBodySchema = z.looseObject({
  id: z.string(),
  message: z.string(),
  request_id: z.string().optional(),
});

export type DeploymentProgressStep = z.infer<typeof deploymentProgressStepSchema>;
export type DeploymentProgress = z.infer<typeof deploymentProgressSchema>;
export type Deployment = z.infer<typeof deploymentSchema>;
export type App = z.infer<typeof appSchema>;
export type LogsResponse = z.infer<typeof logsResponseSchema>;
export type RollbackValidation = z.infer<typeof rollbackValidationSchema>;
export type Proposal = z.infer<typeof proposalSchema>;
export type ProjectsPage = z.infer<typeof projectsPageSchema>;
export type MetricSeries = z.infer<typeof metricResponseSchema>['data']['result'][number];
export type RegionsPage = z.infer<typeof regionsPageSchema>;
export type ErrorBody = z.infer<typeof errorBodySchema>;
