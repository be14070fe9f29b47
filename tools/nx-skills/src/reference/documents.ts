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
    // All fields are optional, or present whenever their parent is.
    required: false,
    name: field.name.replace('<name>', '<skill>'),
  }));
  return fieldTable('field', named);
}

/** The journal: the meaning of each type of line, and its fields besides `at`. */
export function journalTable(): string {
  const rows = variantsOf(jsonSchemaOf(recordSchema)).map((variant) => {
    const { type, at: _at, run: _run, ...fields } = variant.properties ?? {};
    const names = Object.keys(fields).map(code).join(', ');
    return [code(String(type?.const)), variant.description ?? '', names];
  });
  return table(['`type`', 'what has happened', 'fields'], rows);
}
