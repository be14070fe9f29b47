import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** A field of a struct: its name in JSON, and its type in Go, without pointers. */
interface Field {
  name: string;
  type: string;
}

describe("DigitalOcean's Go client", () => {
  it.skipIf(spawnSync('go', ['version']).status !== 0)(
    'has the fields of an App Spec that are listed here (needs go)',
    async () => {
      const { Dir: folder, Version: version } = JSON.parse(
        execFileSync('go', ['mod', 'download', '-json', 'github.com/digitalocean/godo@latest'], {
          cwd: tmpdir(),
          encoding: 'utf8',
        }),
      ) as { Dir: string; Version: string };
      const source =
        readFileSync(join(folder, 'apps.gen.go'), 'utf8') + readFileSync(join(folder, 'apps.go'), 'utf8');
      const [structs, values] = [structsOf(source), valuesOf(source)];
      const lines = [
        `# AppSpec of github.com/digitalocean/godo ${version}, apps.gen.go`,
        ...fieldsOf('AppSpec', '', structs, values),
      ];
      // Where godo has grown: vitest -u, and decide on the new fields.
      await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(
        '../../app-platform/src/spec/godo-fields.txt',
      );
    },
  );
});

/** `services[].http_port: number`, `jobs[].kind: PRE_DEPLOY, POST_DEPLOY` and so on, below a struct. */
function fieldsOf(
  struct: string,
  path: string,
  structs: ReadonlyMap<string, readonly Field[]>,
  values: ReadonlyMap<string, readonly string[]>,
): string[] {
  return (structs.get(struct) ?? []).flatMap(({ name, type }) => {
    const isList = type.startsWith('[]');
    const item = isList ? type.slice(2) : type;
    const at = `${path}${name}${isList ? '[]' : ''}`;
    if (structs.has(item)) return [`${at}: object`, ...fieldsOf(item, `${at}.`, structs, values)];
    const enumerated = values.get(item);
    return [`${at}: ${enumerated ? enumerated.join(', ') : (plainTypes[item] ?? 'number')}`];
  });
}

const plainTypes: Record<string, string> = { string: 'string', bool: 'boolean' };

function structsOf(source: string): Map<string, Field[]> {
  const structs = source.matchAll(/^type (\w+) struct \{\n([^}]*)^\}/gm);
  return new Map([...structs].map(([, name = '', body = '']) => [name, structFields(body)]));
}

function structFields(body: string): Field[] {
  return [...body.matchAll(/^\t\w+\s+(\S+)\s+`json:"([\w]+)/gm)].map(([, type = '', name = '']) => ({
    name,
    type: type.replaceAll('*', ''),
  }));
}

/** The constants of each type. */
function valuesOf(source: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [, type = '', value = ''] of source.matchAll(/^\t\w+\s+(\w+)\s+= "(\w+)"/gm))
    values.set(type, [...(values.get(type) ?? []), value]);
  return values;
}
