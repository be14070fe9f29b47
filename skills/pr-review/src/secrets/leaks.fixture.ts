/** Pieces of values, so that no scanner takes this file for a leak. */
const hex = '7f9cc25de23d1a25'.repeat(2).slice(0, 30);
const word = 'nQ7vKx2Rt9Lm';
const long = `${word}4Zb8${word}W5p1`;

/**
 * Files that people commit by mistake, one of each kind that public corpora of leaks have. A line that begins with `!` has a
 * secret; the others of the file have none.
 */
export const leaks: Record<string, string[]> = {
  '.bash_profile': [
    'export PATH=$PATH:/usr/local/bin',
    `!export AWS_SECRET_ACCESS_KEY=${long}${word}`,
    "!export RDS_PASSWORD='dune-buggy'",
    `!export HOMEBREW_GITHUB_API_TOKEN='${hex}aa51e6b0c4'`,
    `!export SLACK_API_TOKEN='${'xoxp'}-858000095049-581000478633-908000721956-${hex}a1'`,
    "!export MLAB_PASS='swordfish'",
    "export AWS_DEFAULT_REGION='us-west-1'",
  ],
  '.docker/.dockercfg': ['{', `!"auth": "${btoa(`_token:${long}${long}`)}"`, '"email": "a@example.com" }'],
  '.npmrc': ['always-auth=true', `!_auth = ${btoa('admin:admin1')}`, `!//r.example/:_authToken=${hex}1f`],
  '.ssh/id_rsa': [
    `!-----BEGIN RSA ${'PRIVATE'} KEY-----`,
    `${long}${long}`,
    `-----END RSA ${'PRIVATE'} KEY-----`,
  ],
  'cloud/.credentials': ['[default]', `!aws_secret_access_key = ${long}${word}`],
  'cloud/.s3cfg': [`!secret_key = ${long}`, 'host_base = s3.example.com'],
  'cloud/.tugboat': ['authentication:', `!  api_key: ${hex}9c`, '  ssh_user: admin'],
  'cloud/heroku.json': ['{', '"HEROKU_EMAIL": "a@example.com",', `!"HEROKU_API_KEY": "${hex}d5" }`],
  'etc/shadow': ['daemon:*:17737:0:99999:7:::', `!root:$6$${word}$${long}${long}${long}:17737:0:99999:7:::`],
  'web/ruby/config/master.key': [`!${hex}56`],
  'web/ruby/secrets.yml': ['development:', `!  secret_key_base: ${hex}${hex}${hex}${hex}`],
  'web/.env': [
    'APP_ENV=local',
    `!APP_KEY=base64:${long}${word}=`,
    '!DB_PASSWORD=trusty',
    'DB_HOST=localhost',
  ],
  'web/wp-config.php': ["<?php define( 'DB_NAME', 'main' );", "!define( 'DB_PASSWORD', 'trusty' );"],
  'web/.htpasswd': [`!admin:$apr1$tp8glkbm$fjg65tI1eipoBh62aEjIy0`],
  '.git-credentials': ['!https://ann:trusty77!#@498@github.com'],
  'db/robomongo.json': [
    '{ "userName" : "ann",',
    '!"userPassword" : "trusty",',
    '!"sshPassphrase" : "swordfish" }',
  ],
  '.netrc': ['!machine imap.example.com login a@example.com password trusty'],
  '.config/hub': ['github.com:', '- user: ann', `!  oauth_token: "${hex}44d600f46a"`],
  'db/.pgpass': ['#hostname:port:database:username:password', '!localhost:5432:database:root:trusty'],
  'ventrilo_srv.ini': ['Name=Server', '!AdminPassword=AdminTrusty'],
  'web/config.php': ["<?php $dbuser = 'root';", "!$dbpasswd = 'trusty';"],
  '.esmtprc': ['hostname smtp.example.com:587', '!password "trusty"'],
  'web/django/settings.py': [`!SECRET_KEY = 'zh!=!gq(w^_t[sBR29954x)HI+$ehwss*xYN'`, 'DEBUG = False'],
  '.ftpconfig': ['{ "host": "example.com",', '!"pass": "trusty",', '!"passphrase": "swordfish" }'],
  '.vscode/sftp.json': ['{ "username": "root",', '!"password": "swordfish" }'],
};
