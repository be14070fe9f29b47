import { describe, expect, it } from 'vitest';
import { matches } from '../findings.js';
import { INJECTION_RULES } from './injection.js';
import type { Rule } from './rule.js';
import { SECRET_RULES } from './secrets.js';

/** What each rule has to find and to leave alone. Secrets are put together here, so that no scanner takes the test for a leak. */
const CASES: Record<string, { finds: string[]; leaves: string[] }> = {
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
    ],
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
};

const RULES: Rule[] = [...SECRET_RULES, ...INJECTION_RULES];

describe('rules', () => {
  it('each have a line to find and one to leave alone', () => {
    expect(Object.keys(CASES).sort()).toEqual(RULES.map(({ name }) => name).sort());
  });

  it.each(RULES.map((rule) => [rule.name, rule] as const))(
    '%s finds what it is for and no more',
    (name, rule) => {
      for (const line of CASES[name]?.finds ?? []) expect([line, matches(rule, line)]).toEqual([line, true]);
      for (const line of CASES[name]?.leaves ?? [])
        expect([line, matches(rule, line)]).toEqual([line, false]);
    },
  );

  it.each(RULES.map((rule) => [rule.name, rule] as const))(
    '%s reads a long hostile line in no time',
    (_name, rule) => {
      const seeds = [
        'password',
        '"select x from ',
        "'",
        '`SELECT a FROM `',
        'a://b:',
        'exec(`',
        'os.system("',
        '.innerHTML = "',
        'A',
        ' ',
      ];
      const start = performance.now();
      for (const seed of seeds) matches(rule, seed.repeat(200_000 / seed.length));
      expect(performance.now() - start).toBeLessThan(2_000);
    },
  );
});
