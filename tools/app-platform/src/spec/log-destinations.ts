import * as z from 'zod';
import { textLike } from './fields.js';

const openSearchSchema = z.strictObject({
  endpoint: textLike(/^https:\/\//, 'a URL that starts with https://').optional(),
  basic_auth: z.strictObject({ user: z.string().optional(), password: z.string().optional() }).optional(),
  index_name: z.string().optional(),
  cluster_name: z.string().optional(),
});

/** `app_log_destination_definition`, and `endpoint`, `tls_insecure` and `headers`, which only godo (apps.gen.go) has. */
export const logDestinationSchema = z.strictObject({
  name: textLike(
    /^[A-Za-z0-9()[\]'"][-A-Za-z0-9_. /()[\]]{0,40}[A-Za-z0-9()[\]'"]$/,
    '2 to 42 letters, digits, spaces and any of -_./()[]',
  ),
  papertrail: z.strictObject({ endpoint: z.string() }).optional(),
  datadog: z.strictObject({ endpoint: z.string().optional(), api_key: z.string() }).optional(),
  logtail: z.strictObject({ token: z.string().optional() }).optional(),
  open_search: openSearchSchema.optional(),
  endpoint: z.string().optional(),
  tls_insecure: z.boolean().optional(),
  headers: z.array(z.strictObject({ key: z.string(), value: z.string().optional() })).optional(),
});

export type LogDestination = z.infer<typeof logDestinationSchema>;
