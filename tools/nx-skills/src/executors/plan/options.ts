import * as z from 'zod';
import { platformOptions } from '../options.js';

export const planOptions = z
  .strictObject({
    ...platformOptions,
    failOnChange: z.boolean().default(false).meta({
      description:
        'Fail for each skill that a deploy would create or update. To tell that from an error by the exit code: npx nx-skills plan --fail-on-change ends with 2.',
    }),
    json: z.string().min(1).optional().meta({
      description: 'Also write the plan of all skills of the run to this file, as JSON.',
    }),
  })
  .meta({ description: 'Shows what deploy would do, and what it would cost; writes nothing.' });

export type PlanOptions = z.infer<typeof planOptions>;
