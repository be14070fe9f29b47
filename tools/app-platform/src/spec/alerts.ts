import * as z from 'zod';

/** `app_alert_spec_rule` of the official document, and DEPLOYMENT_STARTED and -CANCELED, which only godo (apps.gen.go) has. */
const alertRules = [
  'UNSPECIFIED_RULE',
  'CPU_UTILIZATION',
  'MEM_UTILIZATION',
  'RESTART_COUNT',
  'DEPLOYMENT_FAILED',
  'DEPLOYMENT_LIVE',
  'DEPLOYMENT_STARTED',
  'DEPLOYMENT_CANCELED',
  'DOMAIN_FAILED',
  'DOMAIN_LIVE',
  'AUTOSCALE_FAILED',
  'AUTOSCALE_SUCCEEDED',
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
  rule: z.enum(alertRules),
  disabled: z.boolean().optional(),
  operator: z.enum(['UNSPECIFIED_OPERATOR', 'GREATER_THAN', 'LESS_THAN']).optional(),
  value: z.number().optional(),
  window: z
    .enum(['UNSPECIFIED_WINDOW', 'FIVE_MINUTES', 'TEN_MINUTES', 'THIRTY_MINUTES', 'ONE_HOUR'])
    .optional(),
});
