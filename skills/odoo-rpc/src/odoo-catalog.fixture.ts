import { OdooException, type ServerState, xmlIds } from './odoo-model.fixture.js';

type Values = Record<string, unknown>;

const references = Object.entries(xmlIds).map(([id, xmlId]) => {
  const [module = '', name = ''] = xmlId.split('.');
  return { module, name, model: 'res.partner', res_id: Number(id) };
});

const modules = [
  { id: 1, name: 'base', shortdesc: 'Base', state: 'installed', latest_version: '18.0.1.3' },
  { id: 2, name: 'sale', shortdesc: 'Sales', state: 'uninstalled', latest_version: false },
  { id: 3, name: 'web', shortdesc: 'Web', state: 'installed', latest_version: '18.0.1.0' },
];

/** `ir.model.data` and `ir.module.module`, which only administrators may read. */
export function catalog(
  { isAdministrator }: ServerState,
  model: string,
  method: string,
  named: Values,
): unknown {
  if (method === 'check_object_reference') return reference(named);
  if (!isAdministrator) {
    throw new OdooException(
      'odoo.exceptions.AccessError',
      `You are not allowed to access '${model}' records.`,
    );
  }
  const rows: Values[] = model === 'ir.model.data' ? references : modules;
  const domain = named['domain'] as [string, string, unknown][];
  return rows.filter((row) =>
    domain.every(([field, operator, value]) =>
      operator === 'in' ? (value as unknown[]).includes(row[field]) : row[field] === value,
    ),
  );
}

/** As `_xmlid_lookup`; a record that the user may not see has no id. */
function reference({ module, xml_id }: Values): unknown {
  const found = references.find((row) => row.module === module && row.name === xml_id);
  if (found) return [found.model, found.res_id === 3 ? false : found.res_id];
  throw new OdooException(
    'builtins.ValueError',
    `External ID not found in the system: ${String(module)}.${String(xml_id)}`,
  );
}
