import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { patch, processorMs, review } from '../review.fixture.js';

/** What is found in a new file, as `rule line`. */
async function found(file: string, code: string): Promise<string[]> {
  const { issues } = await review(patch(file, '', `${code}\n`));
  return issues.filter(({ type }) => type === 'injection').map(({ rule, line }) => `${rule} ${line}`);
}

const sql = 'sql-built-from-strings';
const shell = 'shell-command-built-from-strings';

describe('a value in SQL', () => {
  it.each([
    [
      'after +=',
      'a.py',
      `q = "SELECT * FROM t"\nif n:\n    q += " WHERE n = '" + n + "'"\ncur.execute(q)`,
      3,
    ],
    [
      'in a constant put together',
      'a.ts',
      "const q = 'SELECT * FROM t';\nconst r = q + ' WHERE a = ' + id;",
      2,
    ],
    ['in raw SQL', 'a.ts', 'knex.raw(`select ${column}`);', 1],
    ['in a part of a query builder', 'a.js', 'q.select(knex.raw(`count(${column}) as n`));', 1],
    ['that is all of it', 'a.ts', 'await prisma.$queryRawUnsafe(q);', 1],
    ['of PHP', 'a.php', `<?php\n$q = "SELECT * FROM t WHERE id = '$id'";\nmysqli_query($c, $q);`, 2],
    ['of PHP by a dot', 'a.php', `<?php\n$db->query("DELETE FROM t WHERE id = " . $id);`, 2],
    [
      'of a list that is joined',
      'a.py',
      `w = []\nw.append("n = '%s'" % n)\ncur.execute("SELECT * FROM t WHERE " + " AND ".join(w))`,
      2,
    ],
  ])('is found %s', async (_where, file, code, line) => {
    const { issues } = await review(patch(file, '', `${code}\n`));
    expect(issues).toMatchObject([{ rule: sql, severity: 'high', cwe: 'CWE-89', line }]);
  });

  it.each([
    ['as a parameter', 'a.ts', "db.query('SELECT * FROM t WHERE id = $1', [id]);"],
    ['of a tagged template', 'a.ts', 'db.query(sql`SELECT * FROM t WHERE id = ${id}`);'],
    [
      'of a table in the code',
      'a.ts',
      "const by = { a: 'x', b: 'y' };\ndb.query(`SELECT * FROM t ORDER BY ${by[s]}`);",
    ],
    [
      'as marks',
      'a.py',
      `marks = ','.join(['%s'] * len(xs))\ncur.execute("SELECT * FROM t WHERE id IN (%s)" % marks, xs)`,
    ],
    [
      'that is a number',
      'a.py',
      'def f(cur, x):\n    x = int(x)\n    cur.execute(f"SELECT * FROM t WHERE id = {x}")',
    ],
    [
      'of the model itself',
      'a.py',
      'def f(self, cr):\n    cr.execute("SELECT id FROM %s WHERE x = %%s" % self._table, (1,))',
    ],
    ['quoted by psycopg', 'a.py', "cr.execute(sql.SQL('SELECT * FROM {}').format(sql.Identifier(t)))"],
    ['cast in PHP', 'a.php', '<?php\n$id = (int)$_GET["id"];\n$q = "SELECT * FROM t WHERE id = $id";'],
    ['of a sentence', 'a.ts', 'show(`Select one of ${a} from ${b}`);'],
    ['of a log', 'a.py', 'log.info(f"delete from cache: {x}")'],
  ])('is left alone %s', async (_where, file, code) => {
    expect(await found(file, code)).toEqual([]);
  });
});

describe('a value that runs', () => {
  it.each([
    ['exec out of sight', 'a.ts', 'execSync(cmd);', [`${shell} 1`]],
    [
      'exec by its module',
      'a.js',
      "const cp = require('child_process');\ncp.exec('ls ' + folder);",
      [`${shell} 2`],
    ],
    ['a shell that is spawned', 'a.js', "spawn('sh', ['-c', `ls ${folder}`]);", [`${shell} 1`]],
    ['a shell of Python', 'a.py', 'subprocess.run(command, shell=True)', ['python-shell 1']],
    ['a command that came before', 'a.py', 'cmd = "ls " + folder\nos.system(cmd)', ['python-shell 1']],
    ['a shell of PHP', 'a.php', '<?php\nsystem("ls " . $folder);', ['php-shell 2']],
    ['eval and exec', 'a.py', 'eval(text)\nexec(text)', ['eval 1', 'eval 2']],
    [
      'data that is code',
      'a.py',
      'a = yaml.load(f)\nb = pickle.loads(c)',
      ['unsafe-deserialisation 1', 'unsafe-deserialisation 2'],
    ],
    ['a file of the request in PHP', 'a.php', '<?php\ninclude $_GET["page"];', ['include-from-value 2']],
  ])('is found: %s', async (_what, file, code, rules) => {
    expect(await found(file, code)).toEqual(rules);
  });

  it.each([
    ['exec of a regular expression', 'a.ts', 'const m = /a/.exec(`${a}`);\nre.exec(`x${b}`);'],
    ['a command of the code', 'a.ts', "const command = 'ls';\nexecSync(command);"],
    ['a function of that name', 'a.ts', 'function exec(text) {}\nexec(query);'],
    ['a literal', 'a.py', "os.system('clear')\nsubprocess.run('ls', shell=True)\neval('1')"],
    ['YAML of an object', 'a.py', 'yaml = YAML()\ny = yaml.load(f)'],
    ['YAML that is safe', 'a.py', 'y = yaml.load(f, Loader=yaml.SafeLoader)'],
    [
      'a path that begins at a root of its own',
      'a.js',
      "function onLink(folder, header) {\n  const target = path.join(folder, path.join('/', header.linkname));\n  fs.link(target, name, done);\n}",
    ],
    ['a quoted argument', 'a.py', 'os.system("ls " + shlex.quote(folder))'],
  ])('is left alone: %s', async (_what, file, code) => {
    expect(await found(file, code)).toEqual([]);
  });
});

describe('a value of the request', () => {
  it.each([
    [
      'a path',
      'a.js',
      "app.get('/', (req, res) => {\n  const file = req.query.f;\n  fs.readFile(path.join(dir, file), done);\n});",
      ['path-from-request 3'],
    ],
    [
      'the name of an entry of an archive',
      'a.js',
      'function onEntry(folder, entry) {\n  const target = path.join(folder, entry.fileName);\n  fs.createWriteStream(target);\n}',
      ['path-from-request 3'],
    ],
    [
      'a path of a route',
      'a.py',
      '@app.route("/x/<name>")\ndef f(name):\n    return open(os.path.join(D, name)).read()',
      ['path-from-request 3'],
    ],
    [
      'an address',
      'a.py',
      "def f():\n    u = request.args.get('u')\n    return requests.get(u).text",
      ['address-from-request 3'],
    ],
    [
      'a redirect',
      'a.js',
      'app.get("/", (req, res) => {\n  const { to } = req.query;\n  res.redirect(to);\n});',
      ['redirect-from-request 3'],
    ],
    ['a page', 'a.py', "def f():\n    return '<h1>%s</h1>' % request.args['n']", ['html-from-request 2']],
    ['a page of PHP', 'a.php', '<p><?php echo $_GET["a"]; ?></p>', ['html-from-request 1']],
  ])('is found in %s', async (_what, file, code, rules) => {
    expect(await found(file, code)).toEqual(rules);
  });

  it.each([
    ['the file name alone', 'a.js', 'fs.readFile(path.join(dir, path.basename(req.query.f)), done);'],
    ['the end of an address', 'a.py', "requests.get('https://api.example.com/' + request.args['u'])"],
    ['JSON that goes back', 'a.js', 'res.send(req.body);'],
    ['the end of a redirect', 'a.js', "res.redirect('/items/' + req.query.id);"],
    ['a page that escapes', 'a.php', '<p><?php echo htmlspecialchars($_GET["a"]); ?></p>'],
    ['a number of a route', 'a.py', '@app.route("/<int:n>")\ndef f(n):\n    return open(f"{D}/{n}").read()'],
  ])('is left alone as %s', async (_what, file, code) => {
    expect(await found(file, code)).toEqual([]);
  });

  it('is followed from a line that did not change to one that did, and back', async () => {
    const [source, sink] = ['def f():\n    u = request.args["u"]\n', '    return requests.get(u)\n'];
    const toSink = await review(patch('a.py', `${source}    return None\n`, source + sink));
    const toSource = await review(
      patch('a.py', `def f():\n    u = "https://a.example"\n${sink}`, source + sink),
    );
    expect([toSink, toSource].map(({ issues }) => issues.map(({ rule, line }) => `${rule} ${line}`))).toEqual(
      [['address-from-request 3'], ['address-from-request 2']],
    );
    const untouched = await review(patch('a.py', source + sink, `${source}${sink}# end\n`));
    expect(untouched.issues).toEqual([]);
  });
});

describe('code that is written to be slow to follow', () => {
  it.each([
    ['a long chain', 'a.js', `x = ${'a + '.repeat(8_000)}'b';`],
    [
      'variables of variables',
      'a.py',
      Array.from({ length: 1_500 }, (_, i) => `a${i + 1} = a${i} + a${i}`).join('\n'),
    ],
    [
      'a variable set again and again',
      'a.js',
      'let q = "SELECT a FROM b";\n' + 'q += x + q;\n'.repeat(1_000),
    ],
    ['deep calls', 'a.py', `${'f('.repeat(1_500)}x${')'.repeat(1_500)}`],
    [
      'a variable that is itself',
      'a.js',
      'const a = b; const b = a; db.query("SELECT a FROM b WHERE c = " + a);',
    ],
    ['many conditions', 'a.py', 'def f(x):\n' + '    if x in y: return\n    eval(x)\n'.repeat(1_500)],
  ])('is read in seconds: %s', async (_what, file, code) => {
    const start = processorMs();
    await review(patch(file, '', `${code}\n`));
    expect(processorMs() - start).toBeLessThan(8_000);
  });

  it('is read whatever it is', async () => {
    const piece = fc.constantFrom(
      'q',
      ' = ',
      ' += ',
      '"SELECT a FROM b ',
      '"',
      "'",
      '`',
      '${',
      '{',
      '}',
      '(',
      ')',
      ' % ',
      'f"',
      '\n',
      'eval',
      'exec',
      '.format',
      'def f(a):\n ',
      'if ',
      '=>',
      '$_GET',
      '<?php ',
      '[',
      ']',
      ',',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('a.js', 'a.ts', 'a.py', 'a.php'),
        fc.array(piece, { minLength: 1, maxLength: 40 }),
        async (file, pieces) => {
          expect((await review(patch(file, '', `${pieces.join('')}\n`))).files).toHaveLength(1);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a check of a value', () => {
  const head = 'def finish(request):\n    target = request.GET.get("next", "/")\n';
  const check = '    if not is_safe_url(target):\n        target = "/"\n';
  const end = '    return HttpResponseRedirect(target)\n';

  it('that puts another value in its place is one', async () => {
    expect(await found('a.py', head + check + end)).toEqual([]);
  });

  it('that a change removes is reported at the line that is open now, which the change does not touch', async () => {
    const { issues } = await review(patch('a.py', head + check + end, head + end));
    const opened = issues.find(({ rule }) => rule === 'redirect-from-request');
    expect(opened).toMatchObject({ line: 3, side: 'RIGHT' });
    expect(opened?.message).toContain('The change removes what kept this safe.');
  });

  it('that was not there either is not told of', async () => {
    const { issues } = await review(patch('a.py', `${head}    log(1)\n${end}`, head + end));
    expect(issues).toEqual([]);
  });

  it.each([
    [
      'the order of a list',
      'def rows(cr, column):\n    if column not in COLUMNS:\n        raise ValueError(column)\n    cr.execute("SELECT 1 FROM t ORDER BY " + column)\n',
      2,
      3,
      'sql-built-from-strings',
    ],
    [
      'a number',
      'app.get("/f", (req, res) => {\n  let name = req.query.f;\n  name = path.basename(name);\n  res.sendFile(name);\n});\n',
      3,
      3,
      'path-from-request',
    ],
  ])('is reported, too, for %s', async (_what, code, from, to, rule) => {
    const lines = code.split('\n');
    const after = [...lines.slice(0, from - 1), ...lines.slice(to)].join('\n');
    const { issues } = await review(patch('a.' + (code.startsWith('def') ? 'py' : 'js'), code, after));
    expect(issues.map((issue) => issue.rule)).toContain(rule);
  });
});
