import * as z from 'zod';
import { alertSchema } from './alerts.js';
import { envSchema } from './envs.js';
import { absolutePathSchema, durationSchema, integer, nameSchema, portSchema } from './fields.js';
import { corsSchema, routeSchema } from './ingress.js';
import { instanceSizeSlugs } from './instance-sizes.js';
import { logDestinationSchema } from './log-destinations.js';
import { gitSources, imageSchema } from './sources.js';

/** Fields of all components that are built: `app_component_base`, and `alerts`, which only godo (apps.gen.go) has. */
const built = {
  name: nameSchema,
  ...gitSources,
  image: imageSchema.optional(),
  dockerfile_path: z.string().optional(),
  build_command: z.string().optional(),
  run_command: z.string().optional(),
  source_dir: z.string().optional(),
  environment_slug: z.string().optional(),
  envs: z.array(envSchema).optional(),
  log_destinations: z.array(logDestinationSchema).optional(),
  alerts: z.array(alertSchema).optional(),
};

/** Fields of all components that run as instances: `app_component_instance_base`. */
const instances = {
  instance_count: integer(1, 250).optional(),
  instance_size_slug: z.enum(instanceSizeSlugs).optional(),
};

/** godo has one type for services and workers, though a worker takes no requests. */
const autoscalingSchema = z.strictObject({
  min_instance_count: integer(1, 250).optional(),
  max_instance_count: integer(1, 250).optional(),
  metrics: z
    .strictObject({
      cpu: z.strictObject({ percent: integer(1, 100).optional() }).optional(),
      requests_per_second: z.strictObject({ per_instance: integer(1, 4294967295).optional() }).optional(),
      request_duration: z.strictObject({ p95_milliseconds: integer(1, 4294967295).optional() }).optional(),
    })
    .optional(),
});

/** Bounds: the official document (`app_health_check_spec`) and godo's comments, the only source for those of `health_check`. */
const probe = {
  initial_delay_seconds: integer(0, 3600).optional(),
  period_seconds: integer(1, 300).optional(),
  timeout_seconds: integer(1, 120).optional(),
  failure_threshold: integer(1, 50).optional(),
  http_path: absolutePathSchema.optional(),
  port: portSchema.optional(),
};

/** `path` is godo's deprecated name of `http_path`. */
const healthCheckSchema = z.strictObject({
  ...probe,
  success_threshold: integer(1, 50).optional(),
  path: z.string().optional(),
});
const livenessHealthCheckSchema = z.strictObject({ ...probe, success_threshold: integer(1, 1).optional() });

const graceOnly = z.strictObject({ grace_period_seconds: integer(1, 600).optional() });

/** `inactivity_sleep` is a private preview that only godo knows: https://github.com/digitalocean/godo/pull/946 */
const inactivitySleepSchema = z.strictObject({
  after_seconds: integer(600, 86400).optional(),
  loading_page: z
    .strictObject({ enabled: z.boolean().optional(), custom_url: z.string().optional() })
    .optional(),
});

export const serviceSchema = z.strictObject({
  ...built,
  ...instances,
  autoscaling: autoscalingSchema.optional(),
  cors: corsSchema.optional(),
  health_check: healthCheckSchema.optional(),
  liveness_health_check: livenessHealthCheckSchema.optional(),
  protocol: z.enum(['HTTP', 'HTTP2']).optional(),
  http_port: portSchema.optional(),
  internal_ports: z.array(portSchema).optional(),
  routes: z.array(routeSchema).optional(),
  termination: z
    .strictObject({
      drain_seconds: integer(1, 110).optional(),
      grace_period_seconds: integer(1, 600).optional(),
    })
    .optional(),
  inactivity_sleep: inactivitySleepSchema.optional(),
});

export const workerSchema = z.strictObject({
  ...built,
  ...instances,
  autoscaling: autoscalingSchema.optional(),
  termination: graceOnly.optional(),
  liveness_health_check: livenessHealthCheckSchema.optional(),
});

/** `timeout`: godo (apps.gen.go). SCHEDULED and `schedule`: https://docs.digitalocean.com/products/app-platform/how-to/manage-jobs/ */
export const jobSchema = z.strictObject({
  ...built,
  ...instances,
  kind: z.enum(['UNSPECIFIED', 'PRE_DEPLOY', 'POST_DEPLOY', 'FAILED_DEPLOY', 'SCHEDULED']).optional(),
  schedule: z.strictObject({ cron: z.string(), time_zone: z.string().optional() }).optional(),
  timeout: durationSchema.optional(),
  termination: graceOnly.optional(),
});

export const staticSiteSchema = z.strictObject({
  ...built,
  index_document: z.string().optional(),
  error_document: z.string().optional(),
  catchall_document: z.string().optional(),
  output_dir: z.string().optional(),
  cors: corsSchema.optional(),
  routes: z.array(routeSchema).optional(),
});

export const functionsSchema = z.strictObject({
  name: nameSchema,
  ...gitSources,
  source_dir: z.string().optional(),
  alerts: z.array(alertSchema).optional(),
  envs: z.array(envSchema).optional(),
  log_destinations: z.array(logDestinationSchema).optional(),
  cors: corsSchema.optional(),
  routes: z.array(routeSchema).optional(),
});

/** `size` and `num_nodes` are deprecated and only in godo (apps.gen.go). */
export const databaseSchema = z.strictObject({
  name: nameSchema,
  cluster_name: z.string().optional(),
  db_name: z.string().optional(),
  db_user: z.string().optional(),
  engine: z.enum(['UNSET', 'MYSQL', 'PG', 'REDIS', 'MONGODB', 'KAFKA', 'OPENSEARCH', 'VALKEY']).optional(),
  production: z.boolean().optional(),
  version: z.string().optional(),
  size: z.string().optional(),
  num_nodes: integer(1, 1000).optional(),
});

export type Service = z.infer<typeof serviceSchema>;
export type Worker = z.infer<typeof workerSchema>;
export type Job = z.infer<typeof jobSchema>;
export type StaticSite = z.infer<typeof staticSiteSchema>;
export type Functions = z.infer<typeof functionsSchema>;
export type Database = z.infer<typeof databaseSchema>;
