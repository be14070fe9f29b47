/** What the rules about values and deployments have to find and to leave alone. */
export const valueCases: Record<string, { finds: string[]; leaves: string[] }> = {
  'sql-value-in-quotes': {
    finds: [
      'AND item."label" LIKE \'${pattern}\'',
      'query = fmt.Sprintf("%s AND owner = \'%s\'", query, owner)',
      '"SELECT * FROM t WHERE a = \'" + name + "\'"',
      'sql = "update t SET a = \'#{value}\'"',
    ],
    leaves: [
      'AND item.label LIKE $3',
      "WHERE a = 'x' AND b = ?",
      "console.log(`and it is '${name}'`)",
      "SELECT * FROM t WHERE a = '%'",
    ],
  },
  'ldap-filter-built': {
    finds: [
      'String filter = "(&(objectClass=user)(uid=" + name + "))";',
      "search(base, f'(cn={name})')",
      'fmt.Sprintf("(&(objectClass=person)(mail=%s))", address)',
    ],
    leaves: [
      'String filter = "(&(objectClass=user)(uid={0}))";',
      "search(base, '(objectClass=user)')",
      'fmt.Sprintf("(uid=%s)", ldap.EscapeFilter(name))',
      'print(f"(count={n})")',
    ],
  },
  'path-prefix-without-separator': {
    finds: [
      'if (!fullPath.startsWith(uploadDir)) return',
      'return unless File.expand_path(path).start_with?(@root)',
      'if !strings.HasPrefix(target, baseDir) {',
    ],
    leaves: [
      'if (!fullPath.startsWith(uploadDir + sep)) return',
      'if (name.startsWith(prefix)) return',
      'if strings.HasPrefix(line, "#") {',
    ],
  },
  'query-operators-from-request': {
    finds: [
      'User.findOne({ email: req.body.email })',
      'await users.find(req.query)',
      "Users.deleteMany({ team: req.body['team'] })",
    ],
    leaves: [
      'User.findOne({ email: String(req.body.email) })',
      'User.findOne({ _id: id })',
      'list.find((each) => each.id === req.body.id)',
    ],
  },
  'option-from-value': {
    finds: [
      "execFile('git', ['clone', url, folder])",
      'exec.Command("git", "fetch", remote)',
      'subprocess.run(["git", "checkout", branch])',
    ],
    leaves: [
      "execFile('git', ['clone', '--', url, folder])",
      'exec.Command("git", "log", "--end-of-options", ref)',
      'subprocess.run(["git", "status"])',
    ],
  },
  'weak-cipher': {
    finds: [
      "crypto.createCipher('aes-256-cbc', key)",
      'Cipher.getInstance("AES")',
      'AES.new(key, AES.MODE_ECB)',
      'MinVersion: tls.VersionTLS10,',
    ],
    leaves: [
      "crypto.createCipheriv('aes-256-gcm', key, nonce)",
      'Cipher.getInstance("AES/GCM/NoPadding")',
      'MinVersion: tls.VersionTLS12,',
    ],
  },
  'objects-of-any-class': {
    finds: ['Object o = new Yaml().load(text);', 'mapper.enableDefaultTyping();', 'jsonpickle.decode(text)'],
    leaves: ['new Yaml(new SafeConstructor(options)).load(text);', 'json.loads(text)'],
  },
  'ruby-eval': {
    finds: ['eval code', 'instance_eval("a#{b}")', 'send("#{params[:kind]}_url")'],
    leaves: ['evaluate(code)', 'eval("1 + 1")', 'send("#{kind}_url")', 'instance_eval do'],
  },
  'forged-requests-allowed': {
    finds: ['@csrf_exempt', "@http.route('/pay', csrf=False)", 'http.csrf().disable()'],
    leaves: ['@csrf_protect', "@http.route('/pay', csrf=True)", 'http.csrf()'],
  },
  'container-owns-host': {
    finds: [
      '      privileged: true',
      '  hostNetwork: true',
      '    - /var/run/docker.sock:/var/run/docker.sock',
      '        - SYS_ADMIN',
    ],
    leaves: [
      '      privileged: false',
      '  allowPrivilegeEscalation: false',
      '  # privileged: true',
      'drop: ["ALL"]',
    ],
  },
  'container-runs-as-root': {
    finds: ['  runAsUser: 0', '  runAsNonRoot: false', '    user: root'],
    leaves: ['  runAsUser: 1000', '  runAsNonRoot: true', '    user: app'],
  },
  'open-to-everyone': {
    finds: [
      'cidr_blocks = ["0.0.0.0/0"]',
      'acl = "public-read"',
      '"Principal": "*",',
      'publicly_accessible = true',
    ],
    leaves: [
      'cidr_blocks = ["10.0.0.0/8"]',
      'acl = "private"',
      '"Principal": {"AWS": "arn:aws:iam::1:root"}',
    ],
  },
  'storage-not-encrypted': {
    finds: ['storage_encrypted = false', 'encrypted: false'],
    leaves: ['storage_encrypted = true', 'isEncrypted = false'],
  },
  'image-built-as-root': {
    finds: ['USER root', 'RUN chmod 777 /app', 'ADD https://example.com/a.tar.gz /opt'],
    leaves: ['USER app', 'RUN chmod 755 /app', 'ADD a.tar.gz /opt', 'RUN curl https://example.com/a'],
  },
};
