import type { Field } from './json-schema.js';

/** A table in Markdown; Prettier formats it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** Fields of a document, or options of a target: those without a default are optional unless they say otherwise. */
export function fieldTable(name: string, fields: readonly Field[]): string {
  const withDefault = fields.some((field) => field.default !== undefined || field.required);
  const head = [name, 'type', ...(withDefault ? ['default'] : []), 'what it is'];
  const rows = fields.map((field) => [
    code(field.name),
    field.type,
    ...(withDefault ? [defaultOf(field)] : []),
    field.description,
  ]);
  return table(head, rows);
}

function defaultOf({ default: value, required }: Field): string {
  if (value === undefined) return required ? 'required' : '';
  return code(JSON.stringify(value));
}

/** Outside of code, "<name>" would be taken for HTML and not be shown. */
function cell(text: string): string {
  const parts = text.split('`').map((part, index) => (index % 2 === 0 ? part.replaceAll('<', '&lt;') : part));
  return parts.join('`').replaceAll('|', '\\|').replaceAll('\n', ' ');
}
