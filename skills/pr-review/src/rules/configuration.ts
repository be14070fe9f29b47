import { js, python, type Rule } from './rule.js';

const atom = String.raw`(?:\[[^\]\n]{1,60}\]|\\[wdsSDW.]|[.\w])`;

/** A group that is one repetition, perhaps with something optional beside it, and is repeated. Go and RE2 do not mind. */
const nestedRepetition = new RegExp(
  String.raw`(?:[=(,:&|?~]\s{0,3}\/|(?:compile|match|RegExp|sub|search|matches|findall)\w{0,10}\(\s{0,3}r?["'])[^\n]{0,60}?\((?:\?:|\?<\w{1,30}>)?(?:${atom}[?*])?${atom}[+*](?:${atom}[?*])?\)(?:[+*]|\{\d{1,3},\})`,
);

/** Settings and rules that let in more than they should, on one line. */
export const configurationRules: Rule[] = [
  {
    name: 'tls-not-checked',
    cwe: 'CWE-295',
    type: 'configuration',
    severity: 'high',
    pattern:
      /\brejectUnauthorized["']?\s{0,5}:\s{0,5}false\b|NODE_TLS_REJECT_UNAUTHORIZED["'\]]{0,2}\s{0,5}[=:]\s{0,5}["']?0|\b(?:requests|httpx|session|client|self\.session|aiohttp)\.\w{1,20}\([^#]{0,300}\bverify\s{0,5}=\s{0,5}False\b|\b_create_unverified_context\b|\bInsecureSkipVerify\s{0,5}:\s{0,5}true\b|CURLOPT_SSL_VERIFY(?:PEER|HOST)\s{0,5},\s{0,5}(?:0|false)\b|\bcheck_hostname\s{0,5}=\s{0,5}False\b|\bverify_mode\s{0,5}=\s{0,5}(?:ssl\.)?CERT_NONE\b|\bSSL::VERIFY_NONE\b|\b(?:Noop|AllowAll)HostnameVerifier\b|\bALLOW_ALL_HOSTNAME_VERIFIER\b|\bTrustAllStrategy\b|HostnameVerifier\(\s{0,5}\(\s{0,5}\w{1,20}\s{0,5},\s{0,5}\w{1,20}\s{0,5}\)\s{0,5}->\s{0,5}true\b|\bTRUST_A(?:NY|LL)_\w{4,30}|DangerousAcceptAnyServerCertificateValidator|CertificateValidationCallback\s{0,5}\+?=[^;]{0,80}=>\s{0,5}true\b|\bGIT_SSL_NO_VERIFY\s{0,3}[= ]\s{0,3}["']?(?:1|true)|\bhttp\.sslVerify[= ]["']?false|(?:^|\s)(?:wget\s[^|;&]{0,200}--no-check-certificate|curl\s(?:[^|;&]{0,200}\s)?(?:--insecure|-[a-zA-Z]{0,6}k[a-zA-Z]{0,6})(?=\s))|^\s{0,5}strict-ssl\s{0,5}=\s{0,5}false/i,
    message:
      'The certificate of the other side is not checked, so anyone on the way can read and change what is sent.',
    suggestion: 'Add the certificate of the authority to the trusted ones.',
  },
  {
    name: 'token-not-checked',
    cwe: 'CWE-347',
    type: 'configuration',
    severity: 'high',
    pattern:
      /\bjwt\.decode\([^#]{0,300}(?:\bverify\s{0,5}=\s{0,5}False\b|verify_signature["']\s{0,5}:\s{0,5}False)|\balgorithms?["']?\s{0,5}[:=]\s{0,5}(?:\[[^\]]{0,200})?["']none["']|\b(?:req(?:uest)?\.\w{1,20}|ctx\.state\.\w{1,20}|(?:const|let)\s{1,5}(?:user|account|principal|session|claims))\s{0,5}=\s{0,5}(?:await\s{1,5})?jwt\.decode\((?![^)]{0,100}(?:complete|verify|,\s{0,5}\w{0,20}(?:key|secret)))/i,
    extensions: [...js, ...python],
    message: 'The signature of a token is not checked, so anyone can make one.',
    suggestion: 'Check it, and name the one algorithm that you use.',
  },
  {
    name: 'forged-requests-allowed',
    cwe: 'CWE-352',
    type: 'configuration',
    severity: 'medium',
    pattern:
      /@csrf_exempt\b|\bcsrf_exempt\(|\bcsrf\s{0,3}=\s{0,3}False\b|\bskip_before_action\s{1,3}:verify_authenticity_token|\bcsrf\(\)\.disable\(|\bcsrf\(\s{0,3}(?:\w{1,20}\s{0,3}->\s{0,3}\w{1,20}\.disable\(|AbstractHttpConfigurer::disable|CsrfConfigurer::disable)|\bWTF_CSRF_ENABLED\s{0,3}=\s{0,3}False\b|\bcsrf_protection\b["']?\s{0,3}(?:=>|:)\s{0,3}false\b/,
    message: 'Another site can send this request in the name of its visitor.',
    suggestion: 'Keep the check, or ask for a signature that only the caller has.',
  },
  {
    name: 'debugger-on',
    cwe: 'CWE-489',
    type: 'configuration',
    severity: 'medium',
    pattern: /\bapp\.run\([^#]{0,200}\bdebug\s{0,5}=\s{0,5}True\b/,
    extensions: python,
    message: "Flask's debugger runs code that a visitor types.",
    suggestion: 'Turn it on by an environment variable, on your own machine only.',
  },
  {
    name: 'predictable-token',
    cwe: 'CWE-338',
    type: 'configuration',
    severity: 'medium',
    pattern:
      /(?:token|secret|passw(?:or)?d|otp|session_?id|nonce|csrf|api_?key|reset_?code)\w{0,20}\s{0,5}[=:]\s{0,5}[^=].{0,80}(?:Math\.random\(|\brandom\.(?:choice|choices|randint|random|sample|randrange)\(|\bmt_rand\(|\brand\()/i,
    message: 'This value comes from a generator that others can predict.',
    suggestion: 'Use crypto.randomBytes, secrets.token_urlsafe or random_bytes.',
  },
  {
    name: 'xml-external-entities',
    cwe: 'CWE-611',
    type: 'configuration',
    severity: 'high',
    pattern:
      /\bnoent\s{0,5}:\s{0,5}true\b|\bresolve_entities\s{0,5}=\s{0,5}True\b|\bXMLParser\([^)#]{0,200}\b(?:load_dtd\s{0,5}=\s{0,5}True|no_network\s{0,5}=\s{0,5}False)|\bLIBXML_NOENT\b|\bfeature_external_ges\s{0,5},\s{0,5}True\b|\blibxml_disable_entity_loader\(\s{0,5}false\b/i,
    message: 'This reads files and addresses that an XML document names.',
    suggestion: 'Do not resolve entities.',
  },
  {
    name: 'slow-expression',
    cwe: 'CWE-1333',
    type: 'configuration',
    severity: 'medium',
    pattern: nestedRepetition,
    extensions: [...js, ...python, '.rb', '.java', '.php'],
    message:
      'A part that repeats is repeated again, so a text of thirty characters can keep the process busy for hours.',
    suggestion: 'Begin each repetition with what separates it, as in /^\\w+(?: \\w+)*$/.',
  },
  {
    name: 'known-temporary-file',
    cwe: 'CWE-377',
    type: 'configuration',
    severity: 'medium',
    pattern:
      /\btempfile\.mktemp\(|\bos\.(?:tmpnam|tempnam)\(|\bopen\(\s{0,5}f?["']\/tmp\/[^"'{}%]{1,100}["']\s{0,5},\s{0,5}["'][wa]|\bwriteFile(?:Sync)?\(\s{0,5}["'`]\/tmp\/[^"'`$]{1,100}["'`]|>{1,2}\s{0,5}["']?\/tmp\/[\w.-]{0,60}\$\$/,
    extensions: [...js, ...python, '.sh', '.bash'],
    message:
      'Others on the machine know the name of this file, and can put another one or a link there first.',
    suggestion: 'Use tempfile.NamedTemporaryFile, fs.mkdtemp or mktemp.',
  },
  {
    name: 'fast-password-hash',
    cwe: 'CWE-916',
    type: 'configuration',
    severity: 'medium',
    pattern:
      /(?:\bhashlib\.(?:md5|sha1|sha224|sha256|sha512)\(|\bcreateHash\(\s{0,5}["'`](?:md5|sha\d{1,3})["'`]\s{0,5}\)\.update\(|(?<![\w.])(?:md5|sha1)\(|Digest::(?:MD5|SHA\d{0,3})\.\w{1,20}\()[^;#]{0,60}passw(?:or)?d/i,
    message: 'This hash is made to be fast, so passwords can be guessed from it, billions a second.',
    suggestion: 'Use scrypt, bcrypt or argon2 with a salt for each password.',
  },
  {
    name: 'any-origin-with-cookies',
    cwe: 'CWE-942',
    type: 'configuration',
    severity: 'high',
    pattern:
      /\borigin["']?\s{0,5}:\s{0,5}true\b[^}]{0,100}\bcredentials["']?\s{0,5}:\s{0,5}true\b|\bcredentials["']?\s{0,5}:\s{0,5}true\b[^}]{0,100}\borigin["']?\s{0,5}:\s{0,5}true\b|\ballow_origins\s{0,5}=\s{0,5}\[\s{0,5}["']\*["']\s{0,5}\][^)]{0,200}\ballow_credentials\s{0,5}=\s{0,5}True\b|\bsupports_credentials\s{0,5}=\s{0,5}True\b[^)]{0,100}\borigins\s{0,5}=\s{0,5}["']\*["']/,
    extensions: [...js, ...python],
    message: 'Every site may send requests with the cookies of its visitors, and read the answers.',
    suggestion: 'Name the origins that may.',
  },
  {
    name: 'unpickling-allowed',
    cwe: 'CWE-502',
    type: 'configuration',
    severity: 'high',
    pattern:
      /\ballow_pickle\s{0,5}=\s{0,5}True\b|\btorch\.load\([^#]{0,200}\bweights_only\s{0,5}=\s{0,5}False\b/,
    extensions: python,
    message: 'Reading this data can run code that its sender wrote.',
    suggestion: 'Keep pickles off, and store plain arrays or weights.',
  },
  {
    name: 'odoo-sudo-by-id',
    cwe: 'CWE-639',
    type: 'configuration',
    severity: 'medium',
    pattern:
      /\brequest\.env\[[^\]]{1,80}\]\.sudo\(\)\.browse\(|\brequest\.env\[[^\]]{1,80}\]\.sudo\(\)\.(?:create|write)\(\s{0,5}(?:dict\()?\*{0,2}(?:kw|kwargs|post|params|data|values|request\.params)\b/,
    extensions: python,
    message:
      'A controller reads or writes records of anyone, by what a request names: sudo() turns the access rules off.',
    suggestion:
      'Check the access first, as _document_check_access does, and write only fields that you name.',
  },
  {
    name: 'odoo-access-for-all',
    cwe: 'CWE-732',
    type: 'configuration',
    severity: 'high',
    pattern:
      /^[^,]{1,200},[^,]{0,200},[^,]{1,200},\s{0,5},[01],(?:1,[01],[01]|[01],1,[01]|[01],[01],1)\s{0,5}$/,
    files: /^ir\.model\.access\.csv$/,
    message: 'Every user may change these records, because the line names no group.',
    suggestion: 'Name the group that needs it, such as base.group_user.',
  },
  {
    name: 'odoo-unescaped',
    cwe: 'CWE-79',
    type: 'injection',
    severity: 'medium',
    pattern: /\bt-raw\s{0,5}=\s{0,5}["']/,
    extensions: ['.xml', '.html'],
    message: 'A value is written as HTML, so it can inject a script.',
    suggestion: 'Use t-out, or t-esc in versions before 15, and make a Markup where the value is HTML.',
  },
  {
    name: 'template-unescaped',
    cwe: 'CWE-79',
    type: 'injection',
    severity: 'medium',
    pattern:
      /\{\{[^{}]{1,300}\|\s{0,5}safe\s{0,5}(?:\||\}\})|\{%-?\s{0,5}autoescape\s{1,5}(?:off|false)\b|\{\{\{[^{}]{1,200}\}\}\}|\{!!(?!\s{0,5}(?:csrf_field|method_field|Form::))[^!]{1,200}!!\}|<%-(?!\s{0,5}include\b)[^%]{1,200}%>|<%==/,
    extensions: [
      '.html',
      '.htm',
      '.jinja',
      '.jinja2',
      '.j2',
      '.ejs',
      '.hbs',
      '.handlebars',
      '.mustache',
      '.erb',
      '.twig',
      '.njk',
      '.php',
    ],
    message: 'A value is written as HTML, so it can inject a script.',
    suggestion: 'Let the template escape it, or sanitise the value first.',
  },
];
