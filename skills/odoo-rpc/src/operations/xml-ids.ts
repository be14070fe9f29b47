import { SkillError } from '@odoobo/skill-kit';
import * as z from 'zod';
import { unexpectedResult } from '../faults.js';
import type { Called, Odoo } from '../protocols/protocol.js';

/** A record as an external id names it; `id` is null when the user may not see the record. */
interface Target {
  model: string;
  id: number | null;
}

const metadataSchema = z.array(z.object({ id: z.int(), xmlid: z.union([z.string(), z.literal(false)]) }));
const byIdSchema = z.record(z.string(), z.string());
const dataSchema = z.array(
  z.object({ module: z.string(), name: z.string(), model: z.string(), res_id: z.int() }),
);
const referenceSchema = z.tuple([z.string(), z.union([z.int(), z.literal(false)])]);

/**
 * The external id of each record, or null. No table of external ids is read, because only administrators may.
 */
export async function getXmlIds(
  odoo: Odoo,
  { model, ids }: { model: string; ids: number[] },
): Promise<Called> {
  const call = { model, ids, parameters: [], kwargs: {} };
  if (odoo.hasNumericKeys) {
    const { result, uid } = await odoo.call({ ...call, method: 'get_external_id' });
    const found = parsed(byIdSchema, 'get_external_id', result);
    return { uid, result: ids.map((id) => ({ id, xml_id: found[id] || null })) };
  }
  // XML-RPC cannot transfer the result of get_external_id: its keys are numbers.
  const { result, uid } = await odoo.call({ ...call, method: 'get_metadata' });
  const found = new Map(parsed(metadataSchema, 'get_metadata', result).map(({ id, xmlid }) => [id, xmlid]));
  return { uid, result: ids.map((id) => ({ id, xml_id: found.get(id) || null })) };
}

/** The record that each external id names, or null: in one round trip for one id, and for administrators. */
export async function resolveXmlIds(odoo: Odoo, { xml_ids }: { xml_ids: string[] }): Promise<Called> {
  const found = (xml_ids.length > 1 && (await inOneQuery(odoo, xml_ids))) || (await oneByOne(odoo, xml_ids));
  const result = xml_ids.map((xml_id) => ({ xml_id, ...(found.targets.get(xml_id) ?? nothing) }));
  return { uid: found.uid, result };
}

const nothing = { model: null, id: null };

interface Found {
  uid: number | undefined;
  targets: Map<string, Target>;
}

/** @returns undefined when the user may not read the table */
async function inOneQuery(odoo: Odoo, xmlIds: string[]): Promise<Found | undefined> {
  const pairs = xmlIds.map(split);
  const domain = [
    ['module', 'in', [...new Set(pairs.map(([module]) => module))]],
    ['name', 'in', [...new Set(pairs.map(([, name]) => name))]],
  ];
  const kwargs = { fields: ['module', 'name', 'model', 'res_id'] };
  const call = { model: 'ir.model.data', method: 'search_read', parameters: [], kwargs };
  try {
    const { result, uid } = await odoo.call({ ...call, parameters: [['domain', domain]] });
    const rows = parsed(dataSchema, 'search_read of ir.model.data', result);
    return {
      uid,
      targets: new Map(
        rows.map((row) => [`${row.module}.${row.name}`, { model: row.model, id: row.res_id }]),
      ),
    };
  } catch (error) {
    if (error instanceof SkillError && error.code === 'access_error') return undefined;
    throw error;
  }
}

async function oneByOne(odoo: Odoo, xmlIds: string[]): Promise<Found> {
  const found: Found = { uid: undefined, targets: new Map() };
  for (const xmlId of xmlIds) {
    const [module, xml_id] = split(xmlId);
    try {
      const { result, uid } = await odoo.call({
        model: 'ir.model.data',
        method: 'check_object_reference',
        parameters: [
          ['module', module],
          ['xml_id', xml_id],
        ],
        kwargs: {},
      });
      const [model, id] = parsed(referenceSchema, 'check_object_reference', result);
      found.uid = uid;
      found.targets.set(xmlId, { model, id: id || null });
    } catch (error) {
      if (!isUnknown(error)) throw error;
    }
  }
  return found;
}

/** `_xmlid_lookup` in odoo/addons/base/models/ir_model.py raises a ValueError. */
function isUnknown(error: unknown): boolean {
  return (
    error instanceof SkillError &&
    error.code === 'invalid_call' &&
    error.message.includes('External ID not found')
  );
}

function split(xmlId: string): [module: string, name: string] {
  const dot = xmlId.indexOf('.');
  return [xmlId.slice(0, dot), xmlId.slice(dot + 1)];
}

function parsed<T>(schema: z.ZodType<T>, what: string, result: unknown): T {
  const { data, error } = schema.safeParse(result);
  if (error) throw unexpectedResult(what, error);
  return data;
}
