import { isPlaceholder, looksLikePassword, looksRandom } from './entropy.js';
import type { Rule } from './rule.js';

/** What to do with a secret that was found. */
export const moveOut =
  'Revoke it, then read it from the environment or a secret store: it stays in the history.';

/** Formats that the issuers document, so that their scanners and others find them. */
const knownFormats: [name: string, what: string, pattern: RegExp][] = [
  ['aws-access-key', 'an AWS access key id', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['github-token', 'a GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{82})\b/],
  ['gitlab-token', 'a GitLab token', /\bglpat-[\w-]{20}\b/],
  ['digitalocean-token', 'a DigitalOcean token', /\bdo[opr]_v1_[a-f0-9]{64}\b/],
  ['slack-token', 'a Slack token', /\bxox[abprs]-[\w-]{10,250}/],
  ['stripe-key', 'a live Stripe key', /\b[sr]k_live_[0-9A-Za-z]{24,99}\b/],
  ['google-api-key', 'a Google API key', /\bAIza[\w-]{35}(?![\w-])/],
  ['npm-token', 'an npm token', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['sendgrid-key', 'a SendGrid key', /\bSG\.[\w-]{22}\.[\w-]{43}(?![\w-])/],
  ['openai-key', 'an OpenAI key', /\bsk-(?:proj|svcacct|admin)-[\w-]{40,200}(?![\w-])/],
  ['anthropic-key', 'an Anthropic key', /\bsk-ant-(?:api|admin)\d{2}-[\w-]{80,120}(?![\w-])/],
  ['slack-webhook', 'a Slack webhook', /\bhooks\.slack\.com\/services\/T\w{8,12}\/B\w{8,12}\/\w{24}\b/],
  ['pypi-token', 'a PyPI token', /\bpypi-AgEIcHlwaS5vcmc[\w-]{50,200}/],
  ['huggingface-token', 'a Hugging Face token', /\bhf_[A-Za-z]{34}\b/],
  ['docker-token', 'a Docker Hub token', /\bdckr_pat_[\w-]{27}(?![\w-])/],
  ['shopify-token', 'a Shopify token', /\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b/],
  ['vault-token', 'a HashiCorp Vault token', /\bhv[sb]\.[\w-]{24,300}/],
  ['azure-storage-key', 'the key of an Azure storage account', /\bAccountKey=[A-Za-z0-9+/]{86}==/],
  ['telegram-token', "a Telegram bot's token", /\b\d{8,10}:AA[\w-]{33}(?![\w-])/],
  [
    'private-key',
    'a private key',
    /-----BEGIN (?:[A-Z]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----|^PuTTY-User-Key-File-\d:/,
  ],
];

const known = knownFormats.map(([name, what, pattern]): Rule => ({
  name,
  type: 'secret',
  cwe: 'CWE-798',
  severity: 'critical',
  pattern,
  message: `This line contains ${what}.`,
  suggestion: moveOut,
}));

/** Files of settings, in which values need no quotes: dotfiles, files without an ending, and the usual endings. */
const settings =
  /^\.[\w.-]{1,60}$|^[\w-]{1,60}$|^Dockerfile|\.(?:env|ini|cfg|conf|config|cnf|properties|ya?ml|toml|tfvars|hcl|sh|bash|zsh|ps1)$/i;

/** Files whose passwords are not those of a system: prose, and what tests make up. */
const prose = /\.(?:md|mdx|rst|adoc|txt|po|pot|html?)$/i;
const madeUp =
  /(?:^|[/._-])(?:tests?|__tests__|spec|specs|e2e|fixtures?|examples?|samples?|mocks?|stories|demo)(?:[/._-]|$)/i;

/** Where editors and clients of databases keep the hosts that they connect to. */
const connectionFiles =
  /^\.?(?:[\w-]{1,20}[-_])?(?:s?ftp|remote-?sync|robomongo|dbeaver|datagrip|deployment)[\w-]{0,20}(?:\.json)?$/i;

/** Under these names a password is often a word, which says nothing by itself: no name of a field, and no name of a variable. */
function isWordAsPassword(value: string): boolean {
  return !isPlaceholder(value) && !/pass|pwd|secret/i.test(value) && !/^[A-Z]+(?:_[A-Z]+)+$/.test(value);
}

const keyNames =
  'passw(?:or)?d|secret|token|(?:api|private|access|auth|app|master|client|encryption|signing|session|consumer|license|subscription|account|shared|storage|service)[-_]?key|credential|[-_]salt';

const secret = (rule: Omit<Rule, 'type' | 'cwe' | 'suggestion'>): Rule => ({
  type: 'secret',
  cwe: 'CWE-798',
  suggestion: moveOut,
  ...rule,
});

/** Base64 of `user:password`, as HTTP's Basic scheme and Docker have it. */
function isBasic(text: string): boolean {
  return /^[^:\s]{1,200}:\S+$/.test(Buffer.from(text, 'base64').toString('latin1'));
}

/** Files that hold credentials and have a form of their own. */
const credentialFiles: Rule[] = [
  secret({
    name: 'npm-auth',
    severity: 'high',
    pattern:
      /(?:_authToken|_auth|_password|npmAuthToken|npmAuthIdent)["']?\s{0,5}[=:]\s{0,5}["']?([^\s"'$]{8,500})/,
    files: /^\.?npmrc$|^\.yarnrc(?:\.yml)?$/,
    confirm: (value) => !isPlaceholder(value),
    message: 'This line contains the credentials for a package registry.',
  }),
  secret({
    name: 'docker-auth',
    severity: 'high',
    pattern: /"auth"\s{0,5}:\s{0,5}"([A-Za-z0-9+/]{8,2000}={0,2})"/,
    files: /\.json$|^\.?docker(?:cfg|configjson)$/,
    confirm: isBasic,
    message: 'This line contains the credentials for a container registry.',
  }),
  secret({
    name: 'netrc-password',
    severity: 'high',
    pattern: /\bpassword\s{1,5}(\S{3,200})/,
    files: /^[._]netrc$/,
    message: 'This line contains a password for a host.',
  }),
  secret({
    name: 'pgpass-password',
    severity: 'high',
    pattern: /^[^#\s:][^:\s]{0,200}:(?:\d{1,5}|\*):[^:]{1,200}:[^:]{1,200}:\S{1,200}$/,
    files: /^\.?pgpass(?:\.conf)?$/,
    message: 'This line contains the password of a database.',
  }),
  secret({
    name: 'saved-login',
    severity: 'high',
    pattern: /"encrypted(?:Username|Password)"\s{0,5}:\s{0,5}"[^"]{16,500}"/,
    files: /^logins\.json$/,
    message: 'This line contains a login that a browser saved.',
  }),
  secret({
    name: 'key-file',
    severity: 'high',
    pattern: /^\s{0,5}[0-9a-f]{32,128}\s{0,5}$/i,
    files: /\.key$/,
    message: 'This file contains a key.',
  }),
  secret({
    name: 'password-hash',
    severity: 'medium',
    pattern: /\$(?:1|5|6|apr1|2[abxy]|y|argon2\w{1,2}|pbkdf2[\w-]{0,20})\$[./A-Za-z0-9$,=+]{20,300}/,
    message: 'This line contains the hash of a password, which can be tried against lists of passwords.',
  }),
];

export const secretRules: Rule[] = [
  ...known,
  secret({
    name: 'url-password',
    severity: 'high',
    pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/"'`]{1,64}:([^\s:/"'`${}<>*]{3,128})@/i,
    confirm: (password) => !/^(?:password|pass|secret|user|example|x+)$/i.test(password),
    message: 'This URL contains a password.',
  }),
  ...credentialFiles,
  secret({
    name: 'aws-secret-key',
    severity: 'critical',
    pattern:
      /(?<![a-z])secret_?(?:access_?)?key["']?\s{0,5}(?:=>?|:)\s{0,5}["']?([A-Za-z0-9/+]{38,44})(?![\w/+=])/i,
    confirm: looksRandom,
    message: 'This line contains an AWS secret access key.',
  }),
  secret({
    name: 'defined-secret',
    severity: 'high',
    pattern:
      /\bdefine\(\s{0,5}["']\w{0,60}(?:PASS(?:W(?:OR)?D)?|SECRET|TOKEN|KEY|SALT)["']\s{0,20},\s{0,20}(?:'([^']{3,500})'|"([^"]{3,500})")/i,
    confirm: (value) => !isPlaceholder(value) && !/\b(?:unique phrase|your)\b/i.test(value),
    message: 'A constant for a credential has its value in the code.',
  }),
  secret({
    name: 'assigned-secret',
    severity: 'high',
    pattern: new RegExp(
      `(?:${keyNames})\\w{0,30}["'\`]?\\]?\\s{0,10}(?::|=>?|:=)\\s{0,10}["'\`]([^"'\`]{16,500})["'\`]`,
      'i',
    ),
    confirm: looksRandom,
    message: 'A long random literal is assigned to the name of a credential.',
  }),
  secret({
    name: 'unquoted-secret',
    severity: 'high',
    pattern: new RegExp(
      `^\\s{0,20}(?:export\\s{1,5}|ENV\\s{1,5}|ARG\\s{1,5}|set\\s{1,5}|-\\s{1,5})?[\\w.-]{0,60}(?:${keyNames}|_key|^key)[\\w.-]{0,30}\\s{0,5}[=:]\\s{0,5}["']?([^\\s"'\`#;,{}()<>$]{16,500})["']?\\s{0,20}(?:[#;].{0,500})?$`,
      'i',
    ),
    files: settings,
    confirm: looksRandom,
    message: 'A long random value is set for the name of a credential.',
  }),
  secret({
    name: 'authorization-header',
    severity: 'high',
    pattern:
      /\bauthorization["'`]?\s{0,10}[:=,]\s{0,10}["'`](?:bearer|basic|token)\s{1,5}([\w.+/=~-]{16,500})["'`]/i,
    confirm: looksRandom,
    message: 'A request is sent with credentials from the source code.',
  }),
  secret({
    name: 'assigned-password',
    severity: 'high',
    pattern:
      /(?:passw(?:or)?d|passphrase|pwd|["'_]pass|\bpass)["'`]?\]?\s{0,10}(?::|=>?|:=)\s{0,10}(?:"([^"\s]{4,200})"|'([^'\s]{4,200})')/i,
    notFiles: prose,
    notPaths: madeUp,
    confirm: looksLikePassword,
    message: 'A password is in the code.',
  }),
  secret({
    name: 'connection-password',
    severity: 'high',
    pattern:
      /["'](?:\w{0,20}(?:passw(?:or)?d|passphrase)|pass|pwd)["']\s{0,5}:\s{0,5}["']([^"'\s]{3,200})["']/i,
    files: connectionFiles,
    notPaths: madeUp,
    confirm: isWordAsPassword,
    message: 'A saved connection has its password in a file of the repository.',
  }),
  secret({
    name: 'service-password',
    severity: 'high',
    pattern:
      /(?:db|database|mysql|postgres|pg|mongo|redis|ldap|smtp|imap|ftp|sudo|root)_?(?:user_?|admin_?)?(?:passw(?:or)?d|passwd|pass|pwd)["']?\]?\s{0,10}=>?\s{0,10}["']([^"'\s]{4,200})["']/i,
    notFiles: prose,
    notPaths: madeUp,
    confirm: isWordAsPassword,
    message: 'The password of a service is in the code.',
  }),
  secret({
    name: 'unquoted-password',
    severity: 'medium',
    pattern:
      /^\s{0,20}(?:export\s{1,5}|ENV\s{1,5}|set\s{1,5}|-\s{1,5})?[\w.-]{0,60}(?:passw(?:or)?d|passphrase|pwd|_pass)(?:\s{0,5}[=:]\s{0,5}|\s{1,5})["']?([^\s"'`#;,{}()<>$]{3,200})["']?\s{0,20}(?:[#;].{0,500})?$/i,
    files: settings,
    notPaths: madeUp,
    confirm: (value) => !isPlaceholder(value) && !/pass(?:w(?:or)?d)?$/i.test(value),
    message: 'A password is set in a file of the repository.',
  }),
  secret({
    name: 'xml-password',
    severity: 'high',
    pattern: /<(?:\w{1,20}:)?(?:pass|password|passwd|pwd|passphrase)\b[^>]{0,100}>([^<\s]{3,500})<\//i,
    files: /\.(?:xml|config|plist|xaml)$/i,
    notPaths: madeUp,
    confirm: (value) => !isPlaceholder(value),
    message: 'A password is set in a file of the repository.',
  }),
  secret({
    name: 'sql-password',
    severity: 'high',
    pattern: /\b(?:identified\s{1,5}by|password)\s{1,5}'([^'\s]{3,100})'/i,
    extensions: ['.sql'],
    notPaths: madeUp,
    confirm: (value) => !isPlaceholder(value),
    message: 'A role of the database gets its password from a file of the repository.',
  }),
  secret({
    name: 'login-with-literal',
    severity: 'medium',
    pattern: /\.(?:login|authenticate)\(\s{0,5}["'][^"']{2,100}["']\s{0,5},\s{0,5}["']([^"'\s]{4,100})["']/,
    notPaths: madeUp,
    confirm: (value) => !isPlaceholder(value),
    message: 'A login has its password in the code.',
  }),
];
