import type { z } from 'zod';
import type { corsSchema } from '@odoobo/app-platform/spec';

/** The CORS policy of a rule, as in the spec. */
export type CorsPolicy = z.infer<typeof corsSchema>;
