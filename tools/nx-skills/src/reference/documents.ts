import { skillManifestSchema } from '../manifest/manifest.js';
import { pluginOptionsSchema } from '../notifications/webhook.js';
import { recordSchema } from '../records/record.js';
import { statusSchema } from '../records/status.js';
import { fieldsOf, jsonSchemaOf, variantsOf } from './json-schema.js';
import { code, fieldTable, table } from './markdown.js';

/** `skill.json`. */
export function manifestTable(): string {
  return fieldTable('field', fieldsOf(jsonSchemaOf(skillManifestSchema)));
}

/** The options of the plugin in `nx.json`. */
export function pluginOptionsTable(): string {
  return fieldTable('option', fieldsOf(jsonSchemaOf(pluginOptionsSchema)));
}

/** `WORKTREE_STATUS.json`. */
export function statusTable(): string {
  const fields = fieldsOf(jsonSchemaOf(statusSchema));
  const named = fields.map((field) => ({
    ...field,
    // All are optional, or there whenever what they belong to is.
    required: false,
    name: field.name.replace('<name>', '<skill>'),
  }));
  return fieldTable('field', named);
}

/** The journal: what each type of line says, and what it has beside `at`. */
export function journalTable(): string {
  const rows = variantsOf(jsonSchemaOf(recordSchema)).map((variant) => {
    const { type, at: _at, run: _run, ...fields } = variant.properties ?? {};
    const names = Object.keys(fields).map(code).join(', ');
    return [code(String(type?.const)), variant.description ?? '', names];
  });
  return table(['`type`', 'what has happened', 'fields'], rows);
}
