import { expect, it } from 'vitest';
import { app, complaints, service, source } from './written.test.helper.js';

const sources = 'expected exactly one source of git, github, gitlab, bitbucket, image, got none';

/** Slips of hundreds of public App Specs, and what helps. */
const slips: [slip: string, text: string, complaint: string][] = [
  // Fields of other tools.
  [
    'auto_deploy',
    service('auto_deploy: true'),
    ':5: services/0/auto_deploy: unknown field. Did you mean "deploy_on_push" of github',
  ],
  [
    'a folder beside the repository',
    service().replace('branch: main', 'branch: main, root_dir: api'),
    ':4: services/0/git/root_dir: unknown field. Did you mean "source_dir" of services/0?',
  ],
  ['ports', service('ports: [3000]'), ':5: services/0/ports: unknown field. Did you mean "http_port"?'],
  [
    'a health check as load balancers have it',
    service('health_check: { unhealthy_threshold: 3 }'),
    ':5: services/0/health_check/unhealthy_threshold: unknown field. Did you mean "failure_threshold"?',
  ],
  [
    'the type of an alert',
    service('alerts: [{ rule: CPU_UTILIZATION, type: EMAIL }]'),
    ':5: services/0/alerts/0/type: unknown field. Did you mean "rule"?',
  ],
  ['a word that every object has', service('constructor: x'), ':5: services/0/constructor: unknown field'],
  // Values.
  [
    'a data centre',
    app('region: nyc1'),
    ':5: region: expected one of atl, nyc, sfo, tor, ams, fra, lon, blr, sgp, syd, got "nyc1". Did you mean "nyc"?',
  ],
  ['postgres', app('databases: [{ name: db, engine: postgres }]'), 'got "postgres". Did you mean "PG"?'],
  ['an underscore', service().replace('web', 'my_api'), 'got "my_api". Did you mean "my-api"?'],
  [
    'a name that is too long',
    service().replace('web', 'a'.repeat(40)),
    `got "${'a'.repeat(40)}", which has 40 characters`,
  ],
  [
    'the URL of a repository',
    service().replace(source, 'github: { repo: https://github.com/acme/shop.git, branch: main }'),
    ':4: services/0/github/repo: expected owner/repository, got "https://github.com/acme/shop.git". Did you mean "acme/shop"?',
  ],
  ['a path without "/"', service('routes: [{ path: api }]'), 'got "api". Did you mean "/api"?'],
  [
    'the URL of a domain',
    app('domains: [{ domain: "https://shop.test/" }]'),
    'such as app.example.com, got "https://shop.test/"',
  ],
  [
    'no source',
    'name: shop\nservices: [{ name: web }]',
    `${sources}. Add one, such as github: { repo: owner/repository, branch: main }`,
  ],
  // Variables where the deploy fills in none.
  ...['name: ${NAME}', 'region: ${REGION}', 'maintenance: { enabled: ${ON} }'].map(
    (line): [string, string, string] => [
      `a variable in ${line}`,
      app(line)
        .replace('name: shop\n', line.startsWith('name') ? '' : 'name: shop\n')
        .replace('${ON}', '"${ON}"'),
      'No variable is filled in here: write the value itself',
    ],
  ),
  ['a variable for a port', service('http_port: ${PORT}'), 'got "${PORT}". No variable is filled in here'],
  // Shapes.
  [
    'one component without a list',
    `name: shop\nservices:\n  name: web\n  ${source}`,
    'expected an array, got an object: put "- " before the first field of each',
  ],
  [
    'a command in parts',
    service('run_command: [node, server.js]'),
    'expected a string, got an array: write one text',
  ],
  [
    'braces of a template',
    service('envs:', '  - key: A', '    value: {{ secrets.A }}'),
    'expected a string, got an object: put it in quotes',
  ],
  // YAML.
  [
    'a cron line without quotes',
    app('jobs: [{ name: job, schedule: { cron: * * * * * } }]'),
    ':5: not valid YAML: a "*" that begins a text names an alias. Put the text in quotes',
  ],
  [
    'a text with a colon',
    service('build_command: echo a: b'),
    ':5: not valid YAML: a second ":" on one line',
  ],
  [
    'a text that begins with "@"',
    service('source_dir: @app'),
    ':5: not valid YAML: a text cannot begin with "@". Put it in quotes',
  ],
  [
    'a component without the key of its name',
    'name: shop\nservices:\n- web\n  source_dir: /',
    ':3: not valid YAML: this line has no ": " of its own',
  ],
  [
    'a line that is out of line',
    'name: shop\nservices:\n  - name: web\n     source_dir: /',
    'or a line that is indented too far',
  ],
  ['a bracket that is not closed', service('internal_ports: [9000'), 'or a bracket before it is not closed'],
  ['two documents', `${service()}\n---\nname: other`, 'a second document begins here. Keep one'],
  [
    'an anchor that contains itself',
    'name: shop\nservices: &all\n  - name: web\n    envs: *all',
    'nests too deeply, or an anchor (&) contains its own alias (*)',
  ],
  ['a hundred levels', `name: ${'['.repeat(100)}${']'.repeat(100)}`, 'nests too deeply'],
  ['nothing but null', '~', 'the file is empty'],
];

it.each(slips)('says what helps: %s', (_, text, complaint) => {
  expect(complaints(text).join('\n')).toContain(complaint);
});
