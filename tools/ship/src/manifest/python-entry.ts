/**
 * Where the module of a Python skill's entry may be: `shop.main:app` is in shop/main.py, or in shop/main/__init__.py.
 *
 * @returns paths relative to the skill
 */
export function pythonModuleFiles(entry: string): string[] {
  const [module = ''] = entry.split(':');
  const path = module.replaceAll('.', '/');
  return [`${path}.py`, `${path}/__init__.py`];
}
