import { js, python, type Rule } from './rule.js';

/** Settings and rules that let in more than they should, on one line. */
export const configurationRules: Rule[] = [
  {
    name: 'tls-not-checked',
    cwe: 'CWE-295',
    type: 'configuration',
    severity: 'high',
    pattern:
      /\brejectUnauthorized["']?\s{0,5}:\s{0,5}false\b|NODE_TLS_REJECT_UNAUTHORIZED["'\]]{0,2}\s{0,5}[=:]\s{0,5}["']?0|\b(?:requests|httpx|session|client|self\.session|aiohttp)\.\w{1,20}\([^#]{0,300}\bverify\s{0,5}=\s{0,5}False\b|\b_create_unverified_context\b|\bInsecureSkipVerify\s{0,5}:\s{0,5}true\b|CURLOPT_SSL_VERIFY(?:PEER|HOST)\s{0,5},\s{0,5}(?:0|false)\b|\bcheck_hostname\s{0,5}=\s{0,5}False\b/i,
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
      /\bjwt\.decode\([^#]{0,300}(?:\bverify\s{0,5}=\s{0,5}False\b|verify_signature["']\s{0,5}:\s{0,5}False)|\balgorithms?["']?\s{0,5}[:=]\s{0,5}\[?\s{0,5}["']none["']/i,
    extensions: [...js, ...python],
    message: 'The signature of a token is not checked, so anyone can make one.',
    suggestion: 'Check it, and name the one algorithm that you use.',
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
      /\bnoent\s{0,5}:\s{0,5}true\b|\bresolve_entities\s{0,5}=\s{0,5}True\b|\bLIBXML_NOENT\b|\bfeature_external_ges\s{0,5},\s{0,5}True\b|\blibxml_disable_entity_loader\(\s{0,5}false\b/i,
    message: 'This reads files and addresses that an XML document names.',
    suggestion: 'Do not resolve entities.',
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
