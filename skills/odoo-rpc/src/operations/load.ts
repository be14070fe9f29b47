import { SkillError } from '@odoobo/skill-kit';
import * as z from 'zod';
import { unexpectedResult } from '../faults.js';

const loadedSchema = z.object({
  ids: z.union([z.array(z.int()), z.literal(false)]),
  messages: z.array(
    z.object({
      type: z.string(),
      message: z.string(),
      rows: z.object({ from: z.int(), to: z.int() }).optional(),
    }),
  ),
});

/**
 * The result of an import: `load` of Model in odoo/orm/models.py reports errors as a result.
 * @throws SkillError 422 with the row of each error
 */
export function loaded(result: unknown): { ids: number[]; warnings: string[] } {
  const { data, error } = loadedSchema.safeParse(result);
  if (error) throw unexpectedResult('load', error);
  const { ids, messages } = data;
  if (ids) return { ids, warnings: messages.map(({ message }) => message) };
  const details = messages
    .slice(0, 100)
    .map(({ message, rows }) => ({ path: `input/rows${rows ? `/${rows.from}` : ''}`, message }));
  throw new SkillError(422, 'load_refused', 'Odoo: nothing was imported, because rows have errors.', {
    details,
  });
}
