export {
  appSpecFieldsSchema,
  appSpecSchema,
  checkAppSpec,
  type AppSpec,
  type AppSpecCheck,
  type AppSpecIssue,
} from './app-spec.js';
export { unknownBindables, unknownVariables } from './bindables.js';
export { checkAgainst, type Check, type Issue } from './check-against.js';
export { commentOn } from './comment-on.js';
export type { Database, Functions, Job, Service, StaticSite, Worker } from './components.js';
export { withDefaults } from './defaults.js';
export { storedSpec } from './stored-spec.js';
export { isEncrypted, type Env } from './envs.js';
export {
  defaultInstanceSizeSlug,
  instanceSizes,
  instanceSizeSlugs,
  legacyInstanceSizeSlugs,
  legacyUsdPerMonth,
  type InstanceSize,
} from './instance-sizes.js';
export {
  AppSpecError,
  describeFileIssue,
  parseAppSpec,
  readAppSpec,
  readYaml,
  type AppSpecFile,
  type AppSpecFileIssue,
  type YamlFile,
} from './parse.js';
export { plainText } from './plain-text.js';
export { isTerminal, phases, reasonCodes, terminalPhases, type Phase, type ReasonCode } from './phases.js';
export { regions, regionSlugs, type Region } from './regions.js';
export { lastTime } from './rules/last-time.js';
export { cronProblem, isTimeZone, nextTime } from './rules/schedule.js';
export { redactor, type Redactor } from './redaction/redactor.js';
export {
  digestKey,
  resolveSpec,
  type MissingVariable,
  type ResolvedSecret,
  type ResolvedSpec,
  type ResolveOptions,
} from './resolve.js';
export { withResourceAttributes } from './telemetry.js';
export {
  appResponseSchema,
  appSchema,
  appsPageSchema,
  deploymentProgressSchema,
  deploymentProgressStepSchema,
  deploymentResponseSchema,
  deploymentSchema,
  deploymentsPageSchema,
  metricResponseSchema,
  errorBodySchema,
  logsResponseSchema,
  proposalSchema,
  projectsPageSchema,
  regionsPageSchema,
  rollbackConditionCodes,
  rollbackValidationSchema,
  type App,
  type Deployment,
  type DeploymentProgress,
  type DeploymentProgressStep,
  type ErrorBody,
  type LogsResponse,
  type MetricSeries,
  type ProjectsPage,
  type Proposal,
  type RegionsPage,
  type RollbackValidation,
} from './resources.js';
export type { CorsPolicy } from './ingress.js';
export { cloneCredentialsOf, mapSecrets, placeName, secretsOf, type SecretPlace } from './secret-places.js';
export { hasPlaceholder } from './describe-issue.js';
export { deepestDocument, isShallow } from './nesting.js';
export { specYaml } from './spec-yaml.js';
export { yamlProblem } from './yaml-problem.js';
export { writtenSpecIssues } from './written-spec.js';
export { sourceFields, type ImageSource } from './sources.js';
