import { looksRandom } from '../entropy.js';
import type { Rule } from './rule.js';

const MOVE_OUT =
  'Revoke it, then read it from the environment or a secret store: it stays in the history for ever.';

/** Formats that the issuers document, so that their scanners and others find them. */
const KNOWN_FORMATS: [name: string, what: string, pattern: RegExp][] = [
  ['aws-access-key', 'an AWS access key id', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['github-token', 'a GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_\w{82})\b/],
  ['gitlab-token', 'a GitLab token', /\bglpat-[\w-]{20}\b/],
  ['digitalocean-token', 'a DigitalOcean token', /\bdo[opr]_v1_[a-f0-9]{64}\b/],
  ['slack-token', 'a Slack token', /\bxox[abprs]-[\w-]{10,250}/],
  ['stripe-key', 'a live Stripe key', /\b[sr]k_live_[0-9A-Za-z]{24,99}\b/],
  ['google-api-key', 'a Google API key', /\bAIza[\w-]{35}(?![\w-])/],
  ['npm-token', 'an npm token', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['sendgrid-key', 'a SendGrid key', /\bSG\.[\w-]{22}\.[\w-]{43}(?![\w-])/],
  ['private-key', 'a private key', /-----BEGIN (?:[A-Z]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----/],
];

const known = KNOWN_FORMATS.map(([name, what, pattern]): Rule => ({
  name,
  type: 'secret',
  severity: 'critical',
  pattern,
  message: `This line holds ${what}.`,
  suggestion: MOVE_OUT,
}));

export const SECRET_RULES: Rule[] = [
  ...known,
  {
    name: 'url-password',
    type: 'secret',
    severity: 'high',
    pattern: /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'`]{1,64}:([^\s:/@"'`${}<>*]{3,128})@/i,
    confirm: (password) => !/^(?:password|pass|secret|user|example|x+)$/i.test(password),
    message: 'This URL holds a password.',
    suggestion: MOVE_OUT,
  },
  {
    name: 'assigned-secret',
    type: 'secret',
    severity: 'high',
    pattern:
      /(?:passw(?:or)?d|secret|token|api[-_]?key|private[-_]?key|credential)\w{0,30}["'`]?\s{0,10}(?::|=>?|:=)\s{0,10}["'`]([^"'`]{16,500})["'`]/i,
    confirm: looksRandom,
    message: 'A long random literal is assigned to the name of a credential.',
    suggestion: MOVE_OUT,
  },
];
