import { specYaml } from '@odoobo/app-platform/spec';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { temporaryFolder } from '../testing/platform.test.helper.js';

/** Reads YAML documents from its input, and prints each as JSON, or null where it cannot be read. */
const program = `package main

import (
	"encoding/json"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	var documents []string
	if err := json.NewDecoder(os.Stdin).Decode(&documents); err != nil {
		panic(err)
	}
	answers := []json.RawMessage{}
	for _, document := range documents {
		answer, err := yaml.YAMLToJSON([]byte(document))
		if err != nil {
			answer = []byte("null")
		}
		answers = append(answers, answer)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		panic(err)
	}
}
`;

const scalars = [
  ...['no', 'No', 'NO', 'nO', 'y', 'Y', 'n', 'yes', 'on', 'On', 'off', 'oN', 'true', 'True', 'tRue'],
  ...['~', 'null', 'Null', 'nUll', '', '""', "''", '=', '"no"', "'1_000'"],
  ...[
    '1',
    '+12',
    '-7',
    '007',
    '010',
    '-010',
    '08',
    '0_8',
    '0o10',
    '0x1F',
    '0x_1F',
    '0x',
    '0xg',
    '0b11',
    '-0b11',
  ],
  ...[
    '0x8000000000000000',
    '0xFFFFFFFFFFFFFFFF',
    '0x10000000000000000',
    `0x${'aB'.repeat(20)}`,
    `0x${'a_'.repeat(20)}1`,
  ],
  ...[
    '-0x8000000000000000',
    '-0x8000000000000001',
    `0b1${'0'.repeat(64)}`,
    `-0b1${'0'.repeat(63)}`,
    `-0b11${'0'.repeat(63)}`,
  ],
  ...[`0o1${'7'.repeat(21)}`, `0o3${'7'.repeat(21)}`, `0o${'7'.repeat(30)}`, `-0o${'7'.repeat(30)}`],
  ...['1_000', '1__0', '_1', '1,000', '9223372036854775808', '123456789012345678901234567890'],
  ...[
    '1.5',
    '.5',
    '5.',
    '0.0',
    '1_000.5',
    '0.1_5',
    '1e3',
    '1.5e+3',
    '12e03',
    '1e5_0',
    '1_e5',
    '1e',
    'e3',
    '-2E+05',
  ],
  ...['1:30', '12:30:45', '190:20:30.15', '1:60', '2026-01-31', '2001-12-14t21:59:43.10-05:00', '1.2.3'],
  ...[
    '!!str 123',
    '!!int "12"',
    '!!bool yes',
    '!foo bar',
    'x # c',
    'x#c',
    '"\\x41\\u00e9"',
    '${X}',
    '[1, no]',
  ],
];

const documents = [
  ...scalars.map((scalar) => `v: ${scalar}\n`),
  'a: &a { k: 1, l: 2 }\nb: { <<: *a, k: 3 }\n',
  'a: &a { k: 1 }\nc: &c { k: 2, m: 3 }\nb: { <<: [*a, *c] }\n',
  'a:\n  - &a { k: 1 }\n  - <<: *a\n    l: 2\n',
  'a: &a { m: &m { q: 1 } }\nb: { <<: *a, m: { <<: *m, r: 2 } }\n',
  'on: 1\n',
  'a: |\n  x\n  y\n',
  'a: >\n  x\n  y\n',
  '\ufeffa: 1\n',
  '{ "a": 1, "b": [true, null] }',
];

describe('an App Spec', () => {
  it.skipIf(spawnSync('go', ['version']).status !== 0)(
    "is read as DigitalOcean's own tools read it (needs go)",
    async () => {
      const folder = await temporaryFolder();
      const run = (args: string[], input = '') =>
        execFileSync('go', args, { cwd: folder, encoding: 'utf8', input });
      run(['mod', 'init', 'reader']);
      await writeFile(join(folder, 'main.go'), program);
      run(['get', 'sigs.k8s.io/yaml@v1.6.0']);
      const theirs = JSON.parse(run(['run', '.'], JSON.stringify(documents))) as unknown[];
      const ours = documents.map(
        (text) => JSON.parse(JSON.stringify(parseDocument(text, specYaml).toJS())) as unknown,
      );
      const pairs = (values: unknown[]) => documents.map((text, index) => [text, values[index]]);
      expect(pairs(ours)).toEqual(pairs(theirs));
    },
  );
});
