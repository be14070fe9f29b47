import * as z from 'zod';
import { alertSchema } from './alerts.js';
import { checkAgainst, type Issue } from './check-against.js';
import {
  databaseSchema,
  functionsSchema,
  jobSchema,
  serviceSchema,
  staticSiteSchema,
  workerSchema,
} from './components.js';
import { envSchema } from './envs.js';
import { nameSchema } from './fields.js';
import { domainSchema, ingressSchema } from './ingress.js';
import { regionSlugs } from './regions.js';
import { checkAlerts } from './rules/alerts.js';
import { checkEnvs, checkExclusives, checkNames, checkScaling, checkSources } from './rules/components.js';
import { checkDomains, checkIngress } from './rules/ingress.js';
import { isObject, type Report } from './rules/loose.js';
import { checkRoutes } from './rules/routes.js';

const rules = [
  checkNames,
  checkEnvs,
  checkSources,
  checkScaling,
  checkExclusives,
  checkIngress,
  checkRoutes,
  checkDomains,
  checkAlerts,
];

/** Each field on its own; the rules check combinations. Whatever it accepts, it also accepts with defaults filled in. */
export const appSpecFieldsSchema = z.strictObject({
  name: nameSchema,
  region: z.enum(regionSlugs).optional(),
  disable_edge_cache: z.boolean().optional(),
  disable_email_obfuscation: z.boolean().optional(),
  enhanced_threat_control_enabled: z.boolean().optional(),
  domains: z.array(domainSchema).optional(),
  services: z.array(serviceSchema).optional(),
  static_sites: z.array(staticSiteSchema).optional(),
  jobs: z.array(jobSchema).optional(),
  workers: z.array(workerSchema).optional(),
  functions: z.array(functionsSchema).optional(),
  databases: z.array(databaseSchema).optional(),
  ingress: ingressSchema.optional(),
  egress: z.strictObject({ type: z.enum(['AUTOASSIGN', 'DEDICATED_IP']).optional() }).optional(),
  maintenance: z
    .strictObject({
      enabled: z.boolean().optional(),
      archive: z.boolean().optional(),
      offline_page_url: z.string().optional(),
    })
    .optional(),
  vpc: z
    .strictObject({
      id: z.string().optional(),
      egress_ips: z.array(z.strictObject({ ip: z.string().optional() })).optional(),
    })
    .optional(),
  envs: z.array(envSchema).optional(),
  alerts: z.array(alertSchema).optional(),
  features: z.array(z.string()).optional(),
});

/** Violations of the rules between fields, whether or not the single fields are valid. */
function brokenRules(value: unknown, report: Report): void {
  if (!isObject(value)) return;
  for (const rule of rules) rule(value, report);
}

/**
 * An App Spec: `app_spec` of the official document, and the fields that only the official Go client knows
 * (godo, apps.gen.go: app-level `envs`, `alerts`, `features`). Strict, because the platform drops unknown fields silently.
 */
export const appSpecSchema = appSpecFieldsSchema.superRefine((spec, context) => {
  brokenRules(spec, (path, message) => context.addIssue({ code: 'custom', path, message }));
});

export type AppSpec = z.infer<typeof appSpecSchema>;

export type AppSpecIssue = Issue;

export type AppSpecCheck = { ok: true; spec: AppSpec } | { ok: false; issues: AppSpecIssue[] };

/**
 * Checks a value that should be an App Spec, and reports all issues at once: zod alone would not check the rules
 * between fields while a single field is wrong. A field that is null counts as missing, as DigitalOcean's tools read it.
 */
export function checkAppSpec(input: unknown): AppSpecCheck {
  if (isTemplate(input)) return { ok: false, issues: [templateIssue] };
  const value = withoutNulls(input);
  const check = checkAgainst(appSpecFieldsSchema, value);
  const issues = check.ok ? [] : check.issues;
  brokenRules(value, (path, message) => issues.push({ path: path.join('/'), message }));
  return check.ok && issues.length === 0 ? { ok: true, spec: check.value } : { ok: false, issues };
}

/** `DeployTemplate` of godo (apps.gen.go): an App Spec under `spec`, which has the name. */
export function isTemplate(value: unknown): value is { spec: Readonly<Record<string, unknown>> } {
  return isObject(value) && isObject(value.spec) && value.name === undefined;
}

const templateIssue: AppSpecIssue = {
  path: 'spec',
  message: 'this is a deploy template: pass only what is under "spec"',
};

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const fields = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(fields.map(([key, field]) => [key, withoutNulls(field)]));
}
