import * as z from 'zod';
import { unexpectedResult } from '../faults.js';
import type { Called, Odoo } from '../protocols/protocol.js';

const text = z.union([z.string(), z.literal(false)]);
const rowsSchema = z.array(
  z.object({ name: z.string(), shortdesc: text, state: z.string(), latest_version: text }),
);

interface Asked {
  names?: string[] | undefined;
  state?: string | undefined;
}

/** Modules by name and state, in one round trip. Odoo shows them to administrators only. */
export async function listModules(odoo: Odoo, { names, state }: Asked): Promise<Called> {
  const wanted = state ?? (names ? undefined : 'installed');
  const domain = [...(names ? [['name', 'in', names]] : []), ...(wanted ? [['state', '=', wanted]] : [])];
  const { result, uid } = await odoo.call({
    model: 'ir.module.module',
    method: 'search_read',
    parameters: [['domain', domain]],
    // The field of the installed version is named latest_version, and the other way round.
    kwargs: { fields: ['name', 'shortdesc', 'state', 'latest_version'], order: 'name' },
  });
  const { data, error } = rowsSchema.safeParse(result);
  if (error) throw unexpectedResult('search_read of ir.module.module', error);
  const rows = data.map((row) => ({
    name: row.name,
    title: row.shortdesc || null,
    state: row.state,
    version: row.latest_version || null,
  }));
  return { uid, result: rows };
}
