import type * as theirs from '@digitalocean/dots/src/dots/models/index.js';
import type { ValidatePostResponse } from '@digitalocean/dots/src/dots/v2/apps/item/rollback/validate/index.js';
import type { AppsRequestBuilder as AppMetrics } from '@digitalocean/dots/src/dots/v2/monitoring/metrics/apps/index.js';
import type { ApiError, BaseRequestBuilder } from '@microsoft/kiota-abstractions';
import type { AppMetric } from '@odoobo/app-platform';
import type * as ours from '@odoobo/app-platform/spec';
import type { Differences } from './differences.js';

/** Our type of each thing, and the type of DigitalOcean's client. */
type Pairs = {
  app: [ours.App, theirs.App];
  deployment: [ours.Deployment, theirs.Apps_deployment];
  progress: [ours.DeploymentProgress, theirs.Apps_deployment_progress];
  step: [ours.DeploymentProgressStep, theirs.Apps_deployment_progress_step];
  logs: [ours.LogsResponse, theirs.Apps_get_logs_response];
  rollback: [ours.RollbackValidation, ValidatePostResponse];
  rollback_code: [
    (typeof ours.rollbackConditionCodes)[number],
    theirs.App_rollback_validation_condition_code,
  ];
  proposal: [ours.Proposal, theirs.App_propose_response];
  error: [ours.ErrorBody, Omit<theirs.ErrorEscaped, keyof ApiError>];
  spec: [ours.AppSpec, theirs.App_spec];
  service: [ours.Service, theirs.App_service_spec];
  worker: [ours.Worker, theirs.App_worker_spec];
  job: [ours.Job, theirs.App_job_spec];
  static_site: [ours.StaticSite, theirs.App_static_site_spec];
  functions: [ours.Functions, theirs.App_functions_spec];
  database: [ours.Database, theirs.App_database_spec];
  env: [ours.Env, theirs.App_variable_definition];
  image: [ours.ImageSource, theirs.Apps_image_source_spec];
  cors: [ours.CorsPolicy, theirs.Apps_cors_policy];
  log_destination: [
    NonNullable<ours.Service['log_destinations']>[number],
    theirs.App_log_destination_definition,
  ];
  metric: [AppMetric, Exclude<keyof AppMetrics, keyof BaseRequestBuilder<AppMetrics>> & string];
  // Their document gives the values no type.
  metric_series: [Pick<ours.MetricSeries, 'metric'>, Pick<theirs.Metrics_result, 'metric'>];
  instance_size: [Pick<ours.InstanceSize, 'slug'>, Pick<theirs.Apps_instance_size, 'slug'>];
};

const go = 'their Go client has it (godo, apps.gen.go), their document does not';
const notRead = 'nothing here reads it; it is kept, as every unknown field of a reply';
const newCodes = 'a code that is new must not fail a deployment';
const inDocument = 'their document has it; the generator of their client drops what several schemas share';
const labels = 'their document describes the labels in words, because each metric has others';
const nestedStep = 'their document gives a step in a step no fields; it has those of a step';

/** Every difference with its reason. A missing difference, and an entry that is no longer a difference, do not compile. */
export const exceptions: Record<Differences<Pairs>, string> = {
  'app.dedicated_ips: only theirs': notRead,
  'app.domains: only theirs': notRead,
  'app.last_deployment_active_at: only ours': go,
  'app.region: only theirs': notRead,
  'app.vpc: only theirs': notRead,
  'deployment.functions[].namespace: only theirs': notRead,
  'deployment.previous_deployment_id: only ours': go,
  'proposal.app_tier_downgrade_cost: only theirs': notRead,
  'proposal.existing_static_apps: only theirs': notRead,
  'rollback.error.code: any string is ours': newCodes,
  'rollback.warnings[].code: any string is ours': newCodes,
  'step.steps[].component_name: only ours': nestedStep,
  'step.steps[].ended_at: only ours': nestedStep,
  'step.steps[].message_base: only ours': nestedStep,
  'step.steps[].name: only ours': nestedStep,
  'step.steps[].reason: only ours': nestedStep,
  'step.steps[].started_at: only ours': nestedStep,
  'step.steps[].status: only ours': nestedStep,
  'step.steps[].steps: only ours': nestedStep,
  'spec.alerts: only ours': go,
  'spec.domains[].certificate: only ours': go,
  'spec.envs: only ours': go,
  'spec.features: only ours': go,
  'spec.ingress.load_balancer: only ours': go,
  'spec.ingress.load_balancer_size: only ours': go,
  'spec.ingress.rules[].component.preserve_path_prefix: another type':
    'a string in their document, a boolean in their Go client: both are accepted',
  'spec.ingress.rules[].match.authority.prefix: only ours': go,
  'spec.ingress.rules[].match.path.exact: only ours': go,
  'spec.ingress.rules[].redirect.redirect_code: another type': 'their document lists the numbers in words',
  'spec.ingress.rules[].redirect.scheme: any string is theirs': 'their document lists the schemes in words',
  'spec.ingress.secure_header: only ours': go,
  'service.alerts: only ours': go,
  'service.autoscaling.metrics.request_duration: only ours': inDocument,
  'service.autoscaling.metrics.requests_per_second: only ours': inDocument,
  'service.health_check.path: only ours': go,
  'service.inactivity_sleep: only ours': go,
  'worker.alerts: only ours': go,
  'worker.autoscaling.metrics.request_duration: only ours': go,
  'worker.autoscaling.metrics.requests_per_second: only ours': go,
  'job.alerts: only ours': go,
  'job.kind=SCHEDULED: only ours': go,
  'job.schedule: only ours': go,
  'job.timeout: only ours': go,
  'static_site.alerts: only ours': 'published nowhere; accepted with the other fields of a component',
  'functions.alerts[].rule=DEPLOYMENT_CANCELED: only ours': go,
  'functions.alerts[].rule=DEPLOYMENT_STARTED: only ours': go,
  'functions.alerts[].rule=JOB_INVOCATION_FAILED: only ours': go,
  'database.num_nodes: only ours': go,
  'database.size: only ours': go,
  'metric_series.metric.app_component: only ours': labels,
  'metric_series.metric.app_component_instance: only ours': labels,
  'log_destination.endpoint: only ours': go,
  'log_destination.headers: only ours': go,
  'log_destination.tls_insecure: only ours': go,
};
