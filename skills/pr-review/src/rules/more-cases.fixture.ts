/** What the rules about settings and about languages without a parser have to find and to leave alone. */
export const moreCases: Record<string, { finds: string[]; leaves: string[] }> = {
  'ruby-sql-interpolated': {
    finds: [
      'User.where("name = \'#{params[:name]}\'")',
      'scope.order("#{column} desc")',
      'connection.execute "DELETE FROM t WHERE id = #{id}"',
    ],
    leaves: [
      'User.where("name = ?", name)',
      'scope.where("#{table_name}.id = 1")',
      'connection.execute("DELETE FROM #{quote_table_name(t)}")',
      'logger.info("from #{name}")',
      'where("id = #{id.to_i}")',
    ],
  },
  'shell-with-value': {
    finds: [
      'exec.Command("sh", "-c", "ping "+host)',
      'exec.CommandContext(ctx, "/bin/bash", "-c", command)',
      'Runtime.getRuntime().exec("ping " + host);',
      'Command::new("sh").arg("-c").arg(format!("ls {}", folder)).spawn();',
      'Process.Start("cmd.exe", "/c dir " + folder);',
      'Process.Start("/bin/sh", $"-c ls {folder}");',
      '  system(command);',
    ],
    leaves: [
      'Command::new("sh").arg("-c").arg("ls").spawn();',
      'Process.Start("notepad.exe", "/A " + file);',
      '  system("clear");',
      'operating_system(name);',
      'exec.Command("ping", "-c", "1", host)',
      'exec.Command("sh", "-c", "ls | wc -l")',
      'Runtime.getRuntime().exec("uptime");',
    ],
  },
  'ruby-shell': {
    finds: ['system("convert #{path} out.png")', 'out = `git log #{branch}`', '%x(ls #{folder})'],
    leaves: [
      'system("convert", path)',
      'system("rm #{path.shellescape}")',
      'out = `git log`',
      'system("echo #{a}", b)',
      'puts "see `#{name}`"',
    ],
  },
  'code-from-value': {
    finds: [
      'eval(params[:code])',
      'record.send(params[:method], 1)',
      'klass = params[:type].classify.constantize',
      'new SpelExpressionParser().parseExpression(text).getValue();',
      'new GroovyShell().evaluate(script);',
    ],
    leaves: [
      'record.send(:name)',
      '"User".constantize',
      'parser.parseExpression("1 + 1")',
      'evaluate(params)',
    ],
  },
  'html-from-value-in-line': {
    finds: ['"<b>#{user.name}</b>".html_safe', 'template.HTML(text)', 'template.HTML("<b>" + name)'],
    leaves: [
      '"<b>#{h(user.name)}</b>".html_safe',
      '"<br>".html_safe',
      'template.HTML("<br>")',
      'template.HTMLEscapeString(text)',
    ],
  },
  'csharp-sql-built': {
    finds: [
      'new SqlCommand("SELECT * FROM t WHERE a = " + id, connection)',
      'command.CommandText = $"DELETE FROM t WHERE a = {id}";',
      'context.Users.FromSqlRaw($"SELECT * FROM u WHERE n = {name}")',
    ],
    leaves: [
      'new SqlCommand("SELECT * FROM t WHERE a = @id", connection)',
      'new SqlCommand("SELECT a " + "FROM t", connection)',
      'context.Users.FromSqlInterpolated($"SELECT * FROM u WHERE n = {name}")',
    ],
  },
  'address-from-request-in-line': {
    finds: [
      'res, err := http.Get(r.URL.Query().Get("src"))',
      'URI.open(params[:url])',
      'Net::HTTP.get(URI(params[:u]))',
      'new URL(request.getParameter("u")).openStream();',
      'http.NewRequest("GET", r.FormValue("u"), nil)',
    ],
    leaves: ['http.Get(base + url.PathEscape(r.FormValue("id")))', 'http.Get(address)', 'URI.open(address)'],
  },
  'redirect-from-request-in-line': {
    finds: [
      'http.Redirect(w, r, r.FormValue("next"), 302)',
      'redirect_to params[:next]',
      'res.sendRedirect(request.getParameter("next"));',
    ],
    leaves: ['http.Redirect(w, r, "/", 302)', 'redirect_to root_path', 'redirect_to user_path(params[:id])'],
  },
  'path-from-request-in-line': {
    finds: [
      'os.ReadFile(filepath.Join(root, r.URL.Query().Get("f")))',
      'send_file File.join(root, params[:name])',
      'new File(root, request.getParameter("f"))',
    ],
    leaves: [
      'os.ReadFile(name)',
      'send_file report.path',
      'new File(root, name)',
      'send_file File.join(root, File.basename(params[:name]))',
    ],
  },
  'objects-from-data': {
    finds: [
      'YAML.unsafe_load(text)',
      'Marshal.load(cookie)',
      'new ObjectInputStream(in).readObject()',
      'new BinaryFormatter()',
    ],
    leaves: ['YAML.safe_load(text)', 'Marshal.dump(x)', 'new ObjectOutputStream(out)'],
  },
  'xml-parser-with-entities': {
    finds: [
      'DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(in);',
      'f.setFeature("http://apache.org/xml/features/disallow-doctype-decl", false);',
    ],
    leaves: [
      'DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();',
      'f.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);',
    ],
  },
  'slow-expression': {
    finds: [
      'const a = /^([A-Za-z]+\\s?)*$/;',
      're.compile(r"^(\\d+)*$")',
      'if (/(?:\\s*\\w+)+$/.test(x)) y()',
      'x = re.match("(.*)+x", y)',
    ],
    leaves: [
      'const a = /^\\w+(?: \\w+)*$/;',
      'const a = /(?:a+,)*/;',
      'const b = (c + d) * 2;',
      'const p = /(?:[a-z]+-)*[a-z]+/;',
      '// see (a+)* there',
    ],
  },
  'known-temporary-file': {
    finds: [
      'name = tempfile.mktemp()',
      'open("/tmp/report.csv", "w")',
      "fs.writeFileSync('/tmp/out.json', x)",
      'dump > /tmp/dump.$$',
    ],
    leaves: [
      'tempfile.mkstemp()',
      'open("/tmp/report.csv")',
      'dump > "$folder/dump"',
      'open(f"/tmp/{name}", "w")',
    ],
  },
  'fast-password-hash': {
    finds: ['hashlib.md5(password.encode())', "createHash('sha256').update(password)", 'md5($password)'],
    leaves: ['hashlib.md5(content)', 'hashlib.scrypt(password)', "createHash('sha256').update(body)"],
  },
  'any-origin-with-cookies': {
    finds: ['cors({ origin: true, credentials: true })', 'allow_origins=["*"], allow_credentials=True'],
    leaves: ['cors({ origin: true })', "cors({ origin: ['https://a.example'], credentials: true })"],
  },
  'unpickling-allowed': {
    finds: ['np.load(path, allow_pickle=True)', 'torch.load(path, weights_only=False)'],
    leaves: ['np.load(path)', 'torch.load(path, weights_only=True)'],
  },
  'odoo-sudo-by-id': {
    finds: [
      "order = request.env['sale.order'].sudo().browse(order_id)",
      "request.env['x'].sudo().create(post)",
      'request.env["x"].sudo().write(dict(kw))',
    ],
    leaves: [
      "request.env['sale.order'].browse(order_id)",
      "request.env['x'].sudo().create({'name': name})",
      "self.env['x'].sudo().browse(1)",
    ],
  },
};
