/**
 * The fields and values in a JSON text that DigitalOcean's client did not read, because it does not know them. Paths
 * look like `app.spec.envs` or `apps[].id`.
 */
export function unread(json: unknown, model: unknown, path = ''): string[] {
  if (model === undefined || model === null) return [path];
  if (Array.isArray(json) && Array.isArray(model))
    return json.flatMap((one, index) => unread(one, model[index], `${path}[]`));
  if (typeof json === 'object' && json !== null && typeof model === 'object')
    return Object.entries(json).flatMap(([name, value]) =>
      unread(value, fieldOf(model, name), path === '' ? name : `${path}.${name}`),
    );
  const same = model instanceof Date ? model.getTime() === Date.parse(String(json)) : model === json;
  return same ? [] : [path];
}

/** Its models have names in camel case, and TypeScript keywords are escaped. */
function fieldOf(model: object, name: string): unknown {
  const camel = name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const fields = new Map<string, unknown>(Object.entries(model));
  return fields.get(camel) ?? fields.get(`${camel}Escaped`);
}
