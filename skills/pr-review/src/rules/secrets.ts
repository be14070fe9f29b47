import { looksRandom } from './entropy.js';
import type { Rule } from './rule.js';

const moveOut = 'Revoke it, then read it from the environment or a secret store: it stays in the history.';

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
  ['private-key', 'a private key', /-----BEGIN (?:[A-Z]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----/],
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

export const secretRules: Rule[] = [
  ...known,
  {
    name: 'url-password',
    type: 'secret',
    cwe: 'CWE-798',
    severity: 'high',
    pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'`]{1,64}:([^\s:/@"'`${}<>*]{3,128})@/i,
    confirm: (password) => !/^(?:password|pass|secret|user|example|x+)$/i.test(password),
    message: 'This URL contains a password.',
    suggestion: moveOut,
  },
  {
    name: 'assigned-secret',
    type: 'secret',
    cwe: 'CWE-798',
    severity: 'high',
    pattern:
      /(?:passw(?:or)?d|secret|token|api[-_]?key|private[-_]?key|credential)\w{0,30}["'`]?\s{0,10}(?::|=>?|:=)\s{0,10}["'`]([^"'`]{16,500})["'`]/i,
    confirm: looksRandom,
    message: 'A long random literal is assigned to the name of a credential.',
    suggestion: moveOut,
  },
  {
    name: 'unquoted-secret',
    type: 'secret',
    cwe: 'CWE-798',
    severity: 'high',
    pattern:
      /^\s{0,20}(?:export\s{1,5}|ENV\s{1,5}|-\s{1,5})?[\w.-]{0,60}(?:passw(?:or)?d|secret|token|api[-_]?key|private[-_]?key|access[-_]?key|credential)[\w.-]{0,30}\s{0,5}[=:]\s{0,5}([^\s"'`#;,{}()<>$]{16,500})\s{0,20}$/i,
    files: /^\.env(?:\.[\w.-]{1,40})?$|^Dockerfile|\.(?:env|ini|cfg|conf|properties|ya?ml|toml|tfvars|sh)$/i,
    confirm: looksRandom,
    message: 'A long random value is set for the name of a credential.',
    suggestion: moveOut,
  },
  {
    name: 'authorization-header',
    type: 'secret',
    cwe: 'CWE-798',
    severity: 'high',
    pattern:
      /\bauthorization["'`]?\s{0,10}[:=,]\s{0,10}["'`](?:bearer|basic|token)\s{1,5}([\w.+/=~-]{16,500})["'`]/i,
    confirm: looksRandom,
    message: 'A request is sent with credentials from the source code.',
    suggestion: moveOut,
  },
];
