import type { Slot } from '../cache.js';
import type { Called, Odoo } from '../protocols/protocol.js';
import type { Call } from '../schema.js';
import { methodCall } from './method-call.js';

type FieldsCall = Extract<Call, { operation: 'fields_get' }>;

/** Definitions of fields. They change when modules do, so they are asked for once in a while. */
export async function fieldsGet(
  odoo: Odoo,
  call: FieldsCall,
  remembered: Slot<string>,
): Promise<Called & { cached: boolean }> {
  const known = call.fresh ? undefined : remembered.get();
  if (known !== undefined) return { ...(JSON.parse(known) as Called), cached: true };
  const called = await odoo.call(methodCall(call));
  // As text its size is known, and no caller can change what another one gets.
  const text = JSON.stringify(called);
  remembered.set(text, text.length);
  return { ...called, cached: false };
}
