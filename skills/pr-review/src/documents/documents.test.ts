import { describe, expect, it } from 'vitest';
import { patch, processorMs, review } from '../review.fixture.js';

async function found(file: string, text: string, before = '', context = 4): Promise<string[]> {
  const { issues } = await review(patch(file, before, `${text}\n`, context));
  return issues.map(({ rule, line }) => `${rule} ${line}`);
}

describe('a file of SQL', () => {
  it.each([
    [
      '|| over several lines',
      "BEGIN\n  EXECUTE 'DELETE FROM t'\n    || ' WHERE n = ''' || name || '''';\nEND",
      ['sql-built-in-sql 2'],
    ],
    ['format with %s', "EXECUTE format('SELECT * FROM %s', tab);", ['sql-built-in-sql 1']],
    [
      'a variable that is run later',
      "q := 'SELECT * FROM t WHERE n = ' || name;\nEXECUTE q;",
      ['sql-built-in-sql 1'],
    ],
    ['EXEC of T-SQL', "EXEC('SELECT * FROM t WHERE n = ''' + @name + '''');", ['sql-built-in-sql 1']],
    ['CONCAT of MySQL', "SET @q = CONCAT('SELECT * FROM ', tab);", ['sql-built-in-sql 1']],
    ['a right for everybody', 'GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC;', ['grant-to-all 1']],
    [
      'rights of the owner',
      'CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS $$ SELECT 1 $$;',
      ['definer-without-path 1'],
    ],
    ['a password', "CREATE ROLE shop LOGIN PASSWORD 'q9Zt7Lm2';", ['sql-password 1']],
  ])('has %s', async (_what, text, rules) => {
    expect(await found('db/1.sql', text)).toEqual(rules);
  });

  it.each([
    ['quotes', "EXECUTE 'SELECT * FROM ' || quote_ident(tab) || ' WHERE a = ' || quote_literal(a);"],
    ['format with %I and %L', "EXECUTE format('SELECT * FROM %I WHERE a = %L', tab, a);"],
    ['passes values', "EXECUTE 'SELECT * FROM t WHERE a = $1' USING a;"],
    ['grants to a role', 'GRANT SELECT ON t TO reader;'],
    [
      'sets the path',
      'CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = app AS $$ SELECT 1 $$;',
    ],
    ['only comments', "-- EXECUTE 'SELECT * FROM ' || tab;"],
    ['joins columns', "SELECT first || ' ' || last FROM people;"],
  ])('is left alone when it %s', async (_what, text) => {
    expect(await found('db/1.sql', text)).toEqual([]);
  });
});

describe('a workflow', () => {
  const workflow = (step: string, on = 'issues') =>
    `on: ${on}\njobs:\n  a:\n    runs-on: x\n    steps:\n${step}`;

  it.each([
    [
      'a script of several lines',
      '      - name: a\n        run: |\n          set -e\n          echo "${{ github.head_ref }}"',
      9,
    ],
    [
      'a script of an action',
      '      - uses: actions/github-script@v7\n        with:\n          script: |\n            log("${{ github.event.comment.body }}")',
      9,
    ],
  ])('that puts the event into %s is found', async (_what, step, line) => {
    expect(await found('.github/workflows/a.yml', workflow(step))).toEqual([
      `workflow-script-from-event ${line}`,
    ]);
  });

  it.each([
    [
      'into env',
      '      - env:\n          TITLE: ${{ github.event.issue.title }}\n        run: echo "$TITLE"',
    ],
    [
      'as a number',
      '      - run: echo ${{ github.event.issue.number }} ${{ github.event.pull_request.head.sha }}',
    ],
    [
      'into an input',
      '      - uses: a/b@v1\n        with:\n          title: ${{ github.event.issue.title }}',
    ],
  ])('that puts the event %s is left alone', async (_what, step) => {
    expect(await found('.github/workflows/a.yml', workflow(step))).toEqual([]);
  });

  it('is read where the hunk starts in a script', async () => {
    const before = workflow(`      - run: |\n${'          true\n'.repeat(9)}`);
    const after = `${before}          echo "\${{ github.event.issue.title }}"`;
    expect(await found('.github/workflows/a.yml', after, before, 2)).toEqual([
      'workflow-script-from-event 16',
    ]);
  });

  it('that checks out the code of a fork with the secrets is found', async () => {
    const step =
      '      - uses: actions/checkout@v4\n        with:\n          ref: ${{ github.event.pull_request.head.sha }}';
    expect(await found('.github/workflows/a.yml', workflow(step, 'pull_request_target'))).toEqual([
      'workflow-runs-foreign-code 8',
    ]);
    expect(await found('.github/workflows/a.yml', workflow(step, 'pull_request'))).toEqual([]);
  });

  it('elsewhere is any YAML', async () => {
    expect(
      await found('docs/a.yml', workflow('      - run: echo "${{ github.event.issue.title }}"')),
    ).toEqual([]);
  });
});

describe("Odoo's data", () => {
  const rule = (fields: string) =>
    `<odoo>\n  <record id="r" model="ir.rule">\n${fields}\n  </record>\n</odoo>`;
  const all = `    <field name="domain_force">[(1, '=', 1)]</field>`;
  const groups = (name: string) => `    <field name="groups" eval="[(4, ref('${name}'))]"/>`;

  it.each([
    ['everyone', rule(all), ['odoo-rule-for-all 3']],
    ['every employee', rule(`${all}\n${groups('base.group_user')}`), ['odoo-rule-for-all 3']],
    ['an empty domain', rule('    <field name="domain_force">[]</field>'), ['odoo-rule-for-all 3']],
    ['managers', rule(`${all}\n${groups('sales_team.group_sale_manager')}`), []],
    ['a company', rule(`    <field name="domain_force">[('company_id', 'in', company_ids)]</field>`), []],
  ])('has a record rule for %s', async (_what, text, rules) => {
    expect(await found('security/rules.xml', text)).toEqual(rules);
  });

  it('has values that are written as HTML, and access for all', async () => {
    expect(await found('views/a.xml', '<p t-raw="doc.note"/>')).toEqual(['odoo-unescaped 1']);
    expect(await found('security/ir.model.access.csv', 'access_a,a,model_a,,1,1,1,1')).toEqual([
      'odoo-access-for-all 1',
    ]);
  });
});

it('documents of any kind are read in seconds', async () => {
  for (const [file, piece] of [
    ['a.sql', "EXECUTE 'a' || "],
    ['a.sql', 'security definer create '],
    ['a.sql', 'grant all on '],
    ['.github/workflows/a.yml', '- run: ${{ github.event.'],
    ['a.xml', '<field name="domain_force">[('],
  ] as const) {
    const start = processorMs();
    await found(file, piece.repeat(300_000 / piece.length));
    expect(processorMs() - start).toBeLessThan(6_000);
  }
});

describe('code over several lines', () => {
  const merge = (guard: string) =>
    `function merge(a, b) {\n  for (const key in b) {\n${guard}    a[key] = isObject(b[key]) ? merge(a[key] ?? {}, b[key]) : b[key];\n  }\n  return a;\n}`;

  it('merges objects into the prototype of all, unless it leaves those keys out', async () => {
    expect(await found('src/merge.js', merge(''))).toEqual(['merge-into-prototype 3']);
    expect(await found('src/merge.js', merge("    if (key === '__proto__') continue;\n"))).toEqual([]);
    expect(await found('src/merge.js', 'const all = merge(a, b);')).toEqual([]);
  });

  it('unpacks an archive of tar where it likes, and one of zip where it may', async () => {
    const unpack = (open: string, more = '') =>
      `import tarfile, zipfile\n\nwith ${open} as archive:\n    archive.extractall(target${more})`;
    expect(await found('a.py', unpack('tarfile.open(path)'))).toEqual(['archive-writes-anywhere 4']);
    expect(await found('a.py', unpack('tarfile.open(path)', ", filter='data'"))).toEqual([]);
    expect(await found('a.py', unpack('zipfile.ZipFile(path)'))).toEqual([]);
  });
});

describe('code that writes what a path or an archive names', () => {
  const loop = 'for (const key of keys.slice(0, -1)) {\n';
  it.each([
    [
      'a path of keys',
      'a.js',
      `const keys = path.split('.');\n${loop}  at = at[key];\n}\nat[last] = value;`,
      ['set-by-path 3'],
    ],
    [
      'an entry in Go',
      'a.go',
      'for _, f := range r.File {\n\tp := filepath.Join(dst, f.Name)\n\tout, _ := os.Create(p)\n}',
      ['archive-writes-anywhere 2'],
    ],
    [
      'an entry in Java',
      'A.java',
      'while ((entry = in.getNextEntry()) != null) {\n  File f = new File(dir, entry.getName());\n}',
      ['archive-writes-anywhere 2'],
    ],
    [
      'members in Python',
      'a.py',
      'for name in zf.namelist():\n    with open(os.path.join(root, name), "wb") as out:\n        out.write(zf.read(name))',
      ['archive-writes-anywhere 2'],
    ],
    [
      'a parser in Java',
      'A.java',
      'var factory = DocumentBuilderFactory.newInstance();\nreturn factory.newDocumentBuilder().parse(in);',
      ['xml-parser-with-entities 1'],
    ],
    [
      'the end of a statement',
      'a.py',
      'cr.execute("""\n  UPDATE shop\n  SET name = 1\n  WHERE a = %s\n""" % name)',
      ['sql-built-from-strings'],
    ],
  ])('%s', async (_what, file, text, rules) => {
    const issues = await found(file, text);
    for (const rule of rules) expect(issues.join('\n')).toContain(rule);
  });

  it.each([
    [
      'guards the keys',
      'a.js',
      `const keys = path.split('.');\nif (keys.includes('__proto__')) return;\n${loop}  at = at[key];\n}\nat[last] = value;`,
    ],
    [
      'checks in Go',
      'a.go',
      'p := filepath.Join(dst, f.Name)\nif !strings.HasPrefix(p, dst+sep) {\n\treturn err\n}',
    ],
    [
      'checks in Java',
      'A.java',
      'Path p = dir.resolve(entry.getName()).normalize();\nif (!p.startsWith(dir)) throw bad();',
    ],
    ['walks a list', 'a.js', 'while (node) node = node.next;\nat = at[0];'],
  ])('is no finding where it %s', async (_what, file, text) => {
    expect(await found(file, text)).toEqual([]);
  });
});
