/**
 * What each rule has to find and to leave alone. Secrets are put together here, so that no scanner takes the test for a
 * leak.
 */
export const cases: Record<string, { finds: string[]; leaves: string[] }> = {
  'aws-access-key': {
    finds: [`key = "${'AKIA'}IOSFODNN7EXAMPLE"`],
    leaves: ['key = "AKIA"', 'const MAKIAVELLIANISMUS0123456 = 1'],
  },
  'github-token': {
    finds: [`${'ghp'}_${'a1B2'.repeat(9)}`, `${'github_pat'}_${'a1'.repeat(41)}`],
    leaves: ['ghp_short', 'process.env.GITHUB_TOKEN'],
  },
  'gitlab-token': { finds: [`"${'glpat'}-${'a1B2c'.repeat(4)}"`], leaves: ['glpat-x'] },
  'digitalocean-token': {
    finds: [`${'dop'}_v1_${'0f'.repeat(32)}`],
    leaves: ['dop_v1_0f', `dop_v1_${'zz'.repeat(32)}`],
  },
  'slack-token': { finds: [`${'xoxb'}-123456789012-abcdef`], leaves: ['xoxb-'] },
  'stripe-key': { finds: [`${'sk'}_live_${'a1B2'.repeat(6)}`], leaves: [`${'sk'}_test_${'a1B2'.repeat(6)}`] },
  'google-api-key': { finds: [`${'AIza'}${'aB3d_'.repeat(7)}`], leaves: ['AIzaShort'] },
  'npm-token': {
    finds: [`//registry/:_authToken=${'npm'}_${'aB3d'.repeat(9)}`],
    leaves: ['npm_config_cache'],
  },
  'sendgrid-key': { finds: [`${'SG'}.${'a'.repeat(22)}.${'b'.repeat(43)}`], leaves: ['SG.a.b'] },
  'private-key': {
    finds: [`-----BEGIN ${'RSA PRIVATE'} KEY-----`, `-----BEGIN ${'PRIVATE'} KEY-----`],
    leaves: ['-----BEGIN PUBLIC KEY-----', '-----BEGIN CERTIFICATE-----'],
  },
  'url-password': {
    finds: ['postgres://app:s3cr3tpw@db.internal/app', 'url: "https://me:tok3n-42@host"'],
    leaves: [
      'postgres://app:${PASSWORD}@db/app',
      'http://user:password@host',
      'http://host:8080/a@b',
      'https://host/x',
    ],
  },
  'assigned-secret': {
    finds: [
      'const apiKey = "q9Zt7Lm2Xc4Vb8Nn1Ks6"',
      "password: 'gT5#kd92hQ!zPw71aa'",
      '"client_secret": "8f14e45fceea167a5a36dedd4bea2543"',
      'token := "your_token_here_please", secret := "q9Zt7Lm2Xc4Vb8Nn1Ks6"',
    ],
    leaves: [
      'const apiKey = process.env.API_KEY',
      'password: "changeme-changeme"',
      'token = "your-token-goes-here"',
      'secret = "aaaaaaaaaaaaaaaaaaaaaaaa"',
      'const passwordLabel = "Please enter your password here"',
      'integrity: "sha512-q9Zt7Lm2Xc4Vb8Nn1Ks6"',
      'const tokenId = "design-token-color-primary-500"',
      "secretName: 'billing-service-database-credentials'",
      'const tokenKind = "accessTokenOfTheCurrentUser"',
      'token: "urn:example.com:token/refresh"',
    ],
  },
  'npm-auth': {
    finds: ['//npm.example/:_authToken=26dfe8d8-889b-4380-92ff-9c3c6ea5d930', '_auth = YWRtaW46YWRtaW4='],
    leaves: ['//npm.example/:_authToken=${NPM_TOKEN}', 'always-auth=true'],
  },
  'docker-auth': {
    finds: [`"auth": "${btoa('me:q9Zt7Lm2Xc4Vb8')}"`],
    leaves: ['"auth": "required"', '"auth": "bearertokens"', '"auths": {'],
  },
  'netrc-password': {
    finds: ['machine mail.example login me password pass123'],
    leaves: ['machine mail.example login me'],
  },
  'pgpass-password': {
    finds: ['localhost:5432:shop:app:q9Zt7Lm2'],
    leaves: ['#hostname:port:database:username:password', 'localhost:5432:shop'],
  },
  'saved-login': {
    finds: ['"encryptedPassword": "MDoEEPgAAAAAAAAAAAAAAAAAAAEwFAYIKoZI",'],
    leaves: ['"passwordField": "password",', '"encryptedPassword": "",'],
  },
  'key-file': { finds: ['0f'.repeat(16)], leaves: ['public', '0f0f'] },
  'password-hash': {
    finds: [`root:$6$saltsalt$${'aB3./'.repeat(17)}:1:0`, `(1, 'me', '$2y$12$${'aB3./'.repeat(10)}abc')`],
    leaves: ['price: $5$', 'sed "s/$1$2/"'],
  },
  'aws-secret-key': {
    finds: [
      `export AWS_SECRET_ACCESS_KEY=${'q9Zt7Lm2Xc4Vb8Nn1Ks6'}R5wP3yHd0GfJ/uQaTeBi`,
      `aws_secret_access_key = "${'q9Zt7Lm2Xc4Vb8Nn1Ks6'}R5wP3yHd0GfJ+uQaTeBi"`,
    ],
    leaves: ['AWS_SECRET_ACCESS_KEY=${AWS_SECRET}', 'secret_access_key: process.env.KEY'],
  },
  'defined-secret': {
    finds: ["define('DB_PASSWORD', 'q9Zt7');", `define( "AUTH_KEY",   "MW1pxMctoyA(>M%0Vl" );`],
    leaves: [
      "define('DB_PASSWORD', getenv('DB_PASSWORD'));",
      "define('DB_PASSWORD', 'password_here');",
      "define('AUTH_KEY', 'put your unique phrase here');",
      "define('DB_NAME', 'shop');",
    ],
  },
  'connection-password': {
    finds: ['"password": "swordfish",', '"sshPassphrase" : "swordfish"', '"pass": "trusty"'],
    leaves: ['"password": "",', '"password": "<password>"', '"username": "ann"', '"password": "password"'],
  },
  'service-password': {
    finds: ["$dbpasswd = 'trusty';", '$wgDBpassword = "swordfish";', "'db_password' => 'trusty'"],
    leaves: [
      "$dbpasswd = '';",
      "db_password = 'DB_PASSWORD'",
      "dbPassword = 'dbPassword'",
      "DB_PASSWORD = getenv('X')",
      "mysql_password = 'changeme'",
      "password = 'word'",
    ],
  },
  'assigned-password': {
    finds: [
      "password = 'hunter22'",
      '"passphrase": "sword#fish"',
      "$dbpasswd = 'pass123';",
      "'pass' => 'q9Zt7Lm2'",
    ],
    leaves: [
      "password = ''",
      "type: 'password'",
      "passwordField = 'current-password'",
      'password: "password"',
      "password = os.environ['P4SS']",
      "password: '${DB_PASS1}'",
      'password = "Enter your password 1"',
    ],
  },
  'unquoted-password': {
    finds: [
      'DB_PASSWORD=admin123',
      'export MAIL_PASSWORD="letmein"',
      '  password: hunter # of the test system',
      'password "swordfish"',
    ],
    leaves: [
      'DB_PASSWORD=',
      'DB_PASSWORD=$OTHER',
      'password: !vault x',
      'PASSWORD=changeme',
      'password: password',
    ],
  },
  'xml-password': {
    finds: ['<Pass encoding="base64">NjllNWU5ZWM=</Pass>', '<password>hunter22</password>'],
    leaves: [
      '<password>${db.password}</password>',
      '<password></password>',
      '<passwordLabel>x</passwordLabel>',
    ],
  },
  'sql-password': {
    finds: ["CREATE ROLE shop LOGIN PASSWORD 'q9Zt7Lm2';", "create user a identified by 'q9Zt7Lm2';"],
    leaves: ["PASSWORD '${PASSWORD}'", 'password varchar(60)', "PASSWORD ''"],
  },
  'tls-not-checked': {
    finds: [
      'https.request({ rejectUnauthorized: false })',
      'requests.get(url, verify=False)',
      "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'",
    ],
    leaves: ['{ rejectUnauthorized: true }', 'requests.get(url, verify=path)', 'check(verify=False)'],
  },
  'token-not-checked': {
    finds: [
      'jwt.decode(token, verify=False)',
      'jwt.decode(token, options={"verify_signature": False})',
      "algorithms: ['none']",
    ],
    leaves: ['jwt.decode(token, key, algorithms=["HS256"])'],
  },
  'debugger-on': {
    finds: ['app.run(host, debug=True)'],
    leaves: ['app.run(debug=DEBUG)', 'run(debug=True)'],
  },
  'predictable-token': {
    finds: ['const token = Math.random().toString(36)', 'otp = random.randint(1000, 9999)'],
    leaves: ['const color = Math.random()', 'token = secrets.token_hex()', 'const token = random'],
  },
  'xml-external-entities': {
    finds: ['libxml.parseXml(text, { noent: true })', 'etree.XMLParser(resolve_entities=True)'],
    leaves: ['etree.XMLParser(resolve_entities=False)'],
  },
  'odoo-access-for-all': {
    finds: ['access_sale,sale,model_sale,,1,1,1,1', 'access_sale,sale,model_sale,,1,0,1,0'],
    leaves: ['access_sale,sale,model_sale,base.group_user,1,1,1,1', 'access_sale,sale,model_sale,,1,0,0,0'],
  },
  'odoo-unescaped': { finds: ['<p t-raw="record.body"/>'], leaves: ['<p t-esc="record.body"/>'] },
  'template-unescaped': {
    finds: [
      '<p>{{ comment|safe }}</p>',
      '{% autoescape off %}',
      '{{{ body }}}',
      '<p><%- comment %></p>',
      '{!! $comment !!}',
    ],
    leaves: [
      '{{ comment }}',
      "<%- include('head') %>",
      '<%= comment %>',
      '{{ comment|safest }}',
      '{!! csrf_field() !!}',
    ],
  },
  'login-with-literal': {
    finds: ["conn.login('me@example.com', 'q9Zt7Lm2', done)"],
    leaves: ["conn.login('me@example.com', password)", "page.login('me', '')"],
  },
  'sql-built-from-strings': {
    finds: [
      'db.query(`SELECT * FROM users WHERE id = ${id}`)',
      'cur.execute("SELECT * FROM users WHERE id = %s" % id)',
      'q = "DELETE FROM users WHERE id = " + id',
      'x = "select a from b where c = {}".format(c)',
    ],
    leaves: [
      'db.query("SELECT * FROM users WHERE id = $1", [id])',
      'log("select an item from the list")',
      '`Update ${name}`',
      'db.query(sql`SELECT * FROM users WHERE id = ${id}`)',
    ],
  },
  'sql-in-f-string': {
    finds: ['cur.execute(f"SELECT * FROM t WHERE id = {id}")'],
    leaves: ['print(f"selected {count}")', 'cur.execute("SELECT 1")'],
  },
  'shell-command-built-from-strings': {
    finds: ['exec(`rm -rf ${folder}`)', "execSync('git log ' + branch)"],
    leaves: ["execFile('git', ['log', branch])", "execSync('git log')", '/x/.exec(text)'],
  },
  'python-shell': {
    finds: ['os.system("rm " + path)', 'subprocess.run(command, shell=True)', 'os.popen(cmd)'],
    leaves: ['subprocess.run(["rm", path])', 'os.system("clear")'],
  },
  eval: {
    finds: ['eval(text)', 'const f = new Function("a", body)'],
    leaves: ['retrieval(x)', 'model.eval()', 'ast.literal_eval(x)'],
  },
  'html-from-value': {
    finds: [
      'el.innerHTML = value',
      'el.innerHTML += `<b>${x}</b>`',
      '<p dangerouslySetInnerHTML={{ __html: x }} />',
      'document.write(x)',
    ],
    leaves: ["el.innerHTML = '';", 'el.textContent = value', 'if (el.innerHTML === x) return'],
  },
  'unsafe-deserialisation': {
    finds: ['pickle.loads(data)', 'yaml.load(stream)'],
    leaves: ['yaml.safe_load(stream)', 'yaml.load(stream, Loader=SafeLoader)', 'json.loads(data)'],
  },
  'openai-key': {
    finds: [`key = "${'sk'}-proj-${'aB3_'.repeat(12)}"`],
    leaves: ['sk-proj-short', 'task-project-x'],
  },
  'anthropic-key': {
    finds: [`${'sk'}-ant-api03-${'aB3_-'.repeat(18)}`],
    leaves: ['sk-ant-api03-short', '@anthropic-ai/sdk'],
  },
  'slack-webhook': {
    finds: [
      `https://${'hooks.slack'}.com/services/T${'0A'.repeat(4)}/B${'0A'.repeat(4)}/${'aB3d'.repeat(6)}`,
    ],
    leaves: ['https://hooks.slack.com/services/', 'https://api.slack.com/messaging/webhooks'],
  },
  'pypi-token': {
    finds: [`${'pypi'}-AgEIcHlwaS5vcmc${'aB3d_'.repeat(12)}`],
    leaves: ['pypi-publish', 'pypi-AgEI'],
  },
  'huggingface-token': { finds: [`${'hf'}_${'aB'.repeat(17)}`], leaves: ['hf_hub_download', 'hf_short'] },
  'docker-token': { finds: [`${'dckr'}_pat_${'aB3'.repeat(9)}`], leaves: ['dckr_pat_x'] },
  'shopify-token': { finds: [`${'shpat'}_${'0f'.repeat(16)}`], leaves: ['shpat_0f', 'shpxx_'] },
  'vault-token': { finds: [`${'hvs'}.${'aB3d'.repeat(7)}`], leaves: ['hvs.short', 'canvas.width'] },
  'azure-storage-key': {
    finds: [`AccountName=a;${'Account'}Key=${'aB3/'.repeat(21)}a+==;`],
    leaves: ['AccountKey=<key>', 'AccountKey=${KEY}'],
  },
  'telegram-token': {
    finds: [`"12345678:${'AA'}${'aB3_'.repeat(8)}x"`],
    leaves: ['12:30:45', '"1234567890:AA"'],
  },
  'unquoted-secret': {
    finds: [
      'API_KEY=q9Zt7Lm2Xc4Vb8Nn1Ks6',
      'export DB_PASSWORD=gT5#kd92hQ!zPw71aa'.replace('#', '+'),
      '  client-secret: q9Zt7Lm2Xc4Vb8Nn1Ks6',
    ],
    leaves: [
      'API_KEY=',
      'API_KEY=${API_KEY}',
      'PASSWORD_MIN_LENGTH=12',
      'TOKEN=your_token_goes_here',
      'secret: !Ref Secret',
    ],
  },
  'authorization-header': {
    finds: [
      `headers = {"Authorization": "Bearer q9Zt7Lm2Xc4Vb8Nn1Ks6"}`,
      `authorization: 'Basic dXNlcjpwNHNzdzByZDEyMw=='`,
    ],
    leaves: [
      'authorization: `Bearer ${token}`',
      '"Authorization": "Bearer <token>"',
      "authorization: 'Bearer YOUR-TOKEN-HERE-PLEASE'",
    ],
  },
  'unsafe-raw-query': {
    finds: [
      'await prisma.$queryRawUnsafe(sql)',
      'knex.raw(`select ${column}`)',
      'sequelize.literal("a = " + x)',
    ],
    leaves: ['await prisma.$queryRaw`select ${id}`', 'knex.raw("select ?", [id])', 'db.rawMode()'],
  },
  'django-raw-sql': {
    finds: ['User.objects.raw(f"select * from users where name = {name}")', 'qs.extra("a = %s" % a)'],
    leaves: ['User.objects.raw("select * from users where name = %s", [name])', 'request.raw()'],
  },
  'process-through-shell': {
    finds: ["spawn('git', args, { shell: true })"],
    leaves: ["spawn('git', args, { shell: false })", 'const shell = trueShell'],
  },
  'code-from-text': {
    finds: ["setTimeout('run()', 10)", 'vm.runInNewContext(text)', 'new vm.Script(text)'],
    leaves: ['setTimeout(() => run(), 10)', 'setTimeout(run, 10)', 'vm.createContext()'],
  },
  'python-exec': {
    finds: ['exec(text)', 'code = compile(source, "x", "exec")'],
    leaves: ['cursor.exec(text)', 're.compile(pattern)', 'exec("pass")', 'executor(x)'],
  },
  'template-from-value': {
    finds: ['return render_template_string(body)', 'mark_safe(comment)'],
    leaves: ['render_template("page.html", body=body)', 'mark_safe("<br>")'],
  },
  'autoescape-off': {
    finds: ['env = Environment(autoescape=False)'],
    leaves: ['Environment(autoescape=True)', 'autoescape = select_autoescape()'],
  },
  'markup-from-value': {
    finds: ['<p v-html="comment"></p>', '{@html comment}', "el.insertAdjacentHTML('beforeend', row)"],
    leaves: ['<p v-text="comment"></p>', 'el.insertAdjacentElement("beforeend", row)', 'el.append(row)'],
  },
  'nosql-where': {
    finds: [
      'users.find({ $where: `this.name == "${name}"` })',
      '{"$where": "this.a == " + a}',
      '{ $where: code }',
    ],
    leaves: ['users.find({ name: { $eq: name } })', "{ $where: 'this.a > this.b' }"],
  },
  'path-from-request': {
    finds: ['res.sendFile(path.join(root, req.params.name))', 'open(request.args["file"])'],
    leaves: ['res.sendFile(path.join(root, known.get(name)))', 'open(path)', 'readFile(req.file)'],
  },
  'dependency-any-version': {
    finds: ['    "left-pad": "*",', '    "@scope/a": "latest"', '  "a": ">=1.0"'],
    leaves: ['    "left-pad": "^1.3.0",', '    "node": ">=20"', '    "a": "workspace:*"'],
  },
  'requirement-unpinned': {
    finds: ['requests', 'requests>=2.0', 'uvicorn[standard]~=0.30  # server'],
    leaves: [
      'requests==2.32.3',
      'uvicorn[standard]==0.30.1 ; python_version > "3.8"',
      '# requests',
      '-r base.txt',
      '    --hash=sha256:0f',
    ],
  },
  'dependency-without-tls': {
    finds: [
      '  "resolved": "http://registry.example.net/a/-/a-1.0.0.tgz",',
      '"a": "git://github.com/x/a.git"',
      'a @ http://example.net/a.whl',
    ],
    leaves: [
      '  "resolved": "https://registry.example.net/a/-/a-1.0.0.tgz"',
      '"dev": "serve http://localhost:8080/"',
      '  "homepage": "http://example.org/a",',
      '    "url": "git://github.com/x/own.git"',
    ],
  },
  'dependency-from-branch': {
    finds: [
      '"a": "git+https://github.com/x/a.git#main"',
      '"a": "github:x/a"',
      'a @ git+https://github.com/x/a@main',
      '-e git+https://github.com/x/a',
    ],
    leaves: [
      '"a": "git+https://github.com/x/a.git#4f2a1c9"',
      '"url": "git+https://github.com/x/own.git"',
      '"repository": "github:x/own"',
      'a @ git+https://github.com/x/a@v1.2.0',
    ],
  },
};
