/**
 * The rules between fields run even when single fields are wrong, so that all errors are reported at once.
 * They therefore read a value of unknown shape.
 */
export type Fields = Readonly<Record<string, unknown>>;

export type Report = (path: (string | number)[], message: string) => void;

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value's fields; none when it is not an object. */
export function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}

/** The value's elements; none when it is not an array. */
export function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The keys of an app spec under which components are listed. */
export const componentLists = [
  'services',
  'static_sites',
  'workers',
  'jobs',
  'functions',
  'databases',
] as const;

export interface LooseComponent {
  list: (typeof componentLists)[number];
  path: [string, number];
  fields: Fields;
}

export function componentsOf(spec: Fields): LooseComponent[] {
  return componentLists.flatMap((list) =>
    listOf(spec[list]).map((fields, index) => ({ list, path: [list, index] as [string, number], fields })),
  );
}
