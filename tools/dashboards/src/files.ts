import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { boards } from './boards.js';

/** The same from `src` and from `dist`. */
const folder = new URL('../../../infra/grafana/dashboards/', import.meta.url);

/** The files that Grafana loads, by their paths. */
export async function dashboardFiles(): Promise<Map<string, string>> {
  const files = boards.map(async ({ name, dashboard }): Promise<[string, string]> => {
    const path = fileURLToPath(new URL(`${name}.json`, folder));
    const config = await resolveConfig(path);
    return [path, await format(JSON.stringify(dashboard), { ...config, parser: 'json' })];
  });
  return new Map(await Promise.all(files));
}
