import * as z from 'zod';

/** Rules of the app. Each list is that of godo (apps.gen.go: AppAlertSpecRule), which has more than the official document. */
export const appAlertRules = [
  'DEPLOYMENT_FAILED',
  'DEPLOYMENT_LIVE',
  'DEPLOYMENT_STARTED',
  'DEPLOYMENT_CANCELED',
  'DOMAIN_FAILED',
  'DOMAIN_LIVE',
  'AUTOSCALE_FAILED',
  'AUTOSCALE_SUCCEEDED',
] as const;

/** Rules of components. */
export const componentAlertRules = [
  'CPU_UTILIZATION',
  'MEM_UTILIZATION',
  'RESTART_COUNT',
  'JOB_INVOCATION_FAILED',
  'FUNCTIONS_ACTIVATION_COUNT',
  'FUNCTIONS_AVERAGE_DURATION_MS',
  'FUNCTIONS_ERROR_RATE_PER_MINUTE',
  'FUNCTIONS_AVERAGE_WAIT_TIME_MS',
  'FUNCTIONS_ERROR_COUNT',
  'FUNCTIONS_GB_RATE_PER_SECOND',
  'REQUESTS_PER_SECOND',
  'REQUEST_DURATION_P95_MS',
] as const;

export const alertSchema = z.strictObject({
  rule: z.enum(['UNSPECIFIED_RULE', ...appAlertRules, ...componentAlertRules]),
  disabled: z.boolean().optional(),
  operator: z.enum(['UNSPECIFIED_OPERATOR', 'GREATER_THAN', 'LESS_THAN']).optional(),
  value: z.number().optional(),
  window: z
    .enum(['UNSPECIFIED_WINDOW', 'FIVE_MINUTES', 'TEN_MINUTES', 'THIRTY_MINUTES', 'ONE_HOUR'])
    .optional(),
});
