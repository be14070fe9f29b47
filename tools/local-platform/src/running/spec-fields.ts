import type { AppSpec, Database, Job, Service, StaticSite, Worker } from '@odoobo/app-platform/spec';

/** What the local platform does with a field of the App Spec; with a text, why, or when it is refused. */
type Decision<D extends string> = D | readonly [D, string];

/** The elements of a list, or the value itself. */
type Item<T> = NonNullable<T> extends readonly (infer I)[] ? I : NonNullable<T>;

/** A field without fields of its own is obeyed, ignored or refused; an object as a whole is not obeyed, its fields are. */
type Treatment<T> = Decision<'ignored' | 'refused'> | Obeyed<Item<T>>;

type Obeyed<T> = [T] extends [object] ? FieldsOf<T> : 'obeyed';

/** A decision for every field: a field added to the schema does not compile until it is decided here. */
type FieldsOf<T> = { readonly [K in keyof T]-?: Treatment<T[K]> };

type Built = Pick<Service, keyof Service & keyof Worker & keyof Job & keyof StaticSite>;

const hosted = { repo: 'obeyed', branch: 'obeyed', deploy_on_push: 'obeyed' } as const;
const envs = { key: 'obeyed', scope: 'obeyed', type: 'obeyed', value: 'obeyed' } as const;
const alerts = {
  rule: ['ignored', 'of functions, requests, scheduled jobs and autoscaling: never raised'],
  disabled: 'obeyed',
  operator: 'obeyed',
  value: 'obeyed',
  window: 'obeyed',
} as const;
const cors = {
  allow_origins: { exact: 'obeyed', prefix: 'obeyed', regex: 'obeyed' },
  allow_methods: 'obeyed',
  allow_headers: 'obeyed',
  expose_headers: 'obeyed',
  max_age: 'obeyed',
  allow_credentials: 'obeyed',
} as const;
const cpu = { percent: 'obeyed' } as const;
const autoscaling = {
  min_instance_count: 'obeyed',
  max_instance_count: 'obeyed',
  metrics: {
    cpu,
    requests_per_second: { per_instance: 'obeyed' },
    request_duration: { p95_milliseconds: 'obeyed' },
  },
} as const;
const routes = { path: 'obeyed', preserve_path_prefix: 'obeyed' } as const;

const built: FieldsOf<Omit<Built, 'image'>> = {
  name: 'obeyed',
  git: { repo_clone_url: 'obeyed', branch: 'obeyed' },
  github: hosted,
  gitlab: hosted,
  bitbucket: hosted,
  dockerfile_path: ['refused', 'without a container engine'],
  build_command: 'obeyed',
  run_command: 'obeyed',
  source_dir: 'obeyed',
  environment_slug: [
    'ignored',
    'other than `node-js`, `gatsby`, `hexo`, `bun`, `python`, `ruby`, `ruby-on-rails`, `php`, `go`, `hugo`, `html`: the files decide',
  ],
  envs,
  log_destinations: 'ignored',
  alerts,
};

const image: FieldsOf<NonNullable<Service['image']>> = {
  registry_type: 'obeyed',
  registry: 'obeyed',
  registry_credentials: 'obeyed',
  repository: 'obeyed',
  tag: ['refused', 'without a container engine, and of DOCR until its registry is named'],
  digest: 'obeyed',
  deploy_on_push: 'ignored',
};

const checked = {
  initial_delay_seconds: 'obeyed',
  period_seconds: 'obeyed',
  timeout_seconds: 'obeyed',
  failure_threshold: 'obeyed',
  success_threshold: 'obeyed',
  http_path: 'obeyed',
} as const;

const services: FieldsOf<Service> = {
  ...built,
  image,
  instance_count: 'obeyed',
  instance_size_slug: 'obeyed',
  autoscaling,
  cors,
  health_check: { ...checked, port: 'obeyed', path: ['ignored', 'deprecated'] },
  liveness_health_check: { ...checked, port: 'obeyed' },
  protocol: 'obeyed',
  http_port: [
    'ignored',
    'each instance listens on a free port, its `PORT`, unless it listens there whatever that says',
  ],
  internal_ports: ['refused', 'beside `http_port`, with more than one instance'],
  routes,
  termination: { drain_seconds: 'obeyed', grace_period_seconds: 'obeyed' },
  inactivity_sleep: {
    after_seconds: 'obeyed',
    loading_page: { enabled: 'obeyed', custom_url: 'obeyed' },
  },
};

const workers: FieldsOf<Worker> = {
  ...built,
  image,
  instance_count: 'obeyed',
  instance_size_slug: 'obeyed',
  autoscaling: {
    ...autoscaling,
    metrics: {
      cpu,
      requests_per_second: ['ignored', 'a worker takes no requests'],
      request_duration: ['ignored', 'a worker takes no requests'],
    },
  },
  termination: { grace_period_seconds: 'obeyed' },
  liveness_health_check: { ...checked, port: ['ignored', 'checked on its `PORT`'] },
};

const jobs: FieldsOf<Job> = {
  ...built,
  image,
  instance_count: ['refused', 'more than 1'],
  instance_size_slug: 'obeyed',
  kind: 'obeyed',
  schedule: { cron: 'obeyed', time_zone: 'obeyed' },
  timeout: 'obeyed',
  termination: { grace_period_seconds: 'obeyed' },
};

const sites: FieldsOf<StaticSite> = {
  ...built,
  image: ['refused', 'but the artefact of a skill'],
  run_command: 'ignored',
  index_document: 'obeyed',
  error_document: 'obeyed',
  catchall_document: 'obeyed',
  output_dir: 'obeyed',
  cors,
  routes,
};

const databases: FieldsOf<Database> = {
  name: 'obeyed',
  cluster_name: 'obeyed',
  db_name: ['ignored', 'each database has its own'],
  db_user: ['ignored', 'each database has its own'],
  engine: ['refused', '`MONGODB`, `KAFKA`, `OPENSEARCH`, unless mapped'],
  production: ['ignored', 'served like any other'],
  version: ['ignored', "this machine's is used"],
  size: 'ignored',
  num_nodes: 'ignored',
};

/**
 * What the local platform does with each field of an App Spec. A field with a condition is refused under it, with status 501,
 * and obeyed otherwise; one that is ignored is stored and read back as it is.
 */
export const specFields: FieldsOf<AppSpec> = {
  name: 'obeyed',
  region: 'ignored',
  disable_edge_cache: ['ignored', 'there is no CDN'],
  disable_email_obfuscation: 'ignored',
  enhanced_threat_control_enabled: 'ignored',
  domains: ['ignored', 'each app has a port'],
  services,
  static_sites: sites,
  jobs,
  workers,
  functions: 'refused',
  databases,
  ingress: {
    rules: {
      match: {
        path: { prefix: 'obeyed', exact: 'obeyed' },
        authority: { prefix: 'obeyed', exact: 'obeyed' },
      },
      component: { name: 'obeyed', preserve_path_prefix: 'obeyed', rewrite: 'obeyed' },
      redirect: {
        uri: 'obeyed',
        authority: 'obeyed',
        port: 'obeyed',
        scheme: 'obeyed',
        redirect_code: 'obeyed',
      },
      cors,
    },
    custom_error_page_url: 'obeyed',
    load_balancer: 'ignored',
    load_balancer_size: 'ignored',
    secure_header: 'ignored',
  },
  egress: 'ignored',
  maintenance: {
    enabled: 'obeyed',
    archive: 'obeyed',
    offline_page_url: 'obeyed',
  },
  vpc: 'ignored',
  envs,
  alerts,
  features: 'ignored',
};

/** A decision with the path of its field, such as `['services', 'health_check', 'port']`. */
export interface DecidedField {
  path: readonly string[];
  decision: 'obeyed' | 'ignored' | 'refused';
  note?: string;
}

type AnyDecision = DecidedField['decision'] | readonly [DecidedField['decision'], string];
interface AnyFields {
  readonly [field: string]: AnyDecision | AnyFields;
}

/** Every field that is decided by itself. */
export function decidedFields(fields: AnyFields = specFields, under: readonly string[] = []): DecidedField[] {
  return Object.entries(fields).flatMap(([name, value]): DecidedField[] => {
    const path = [...under, name];
    if (typeof value === 'string') return [{ path, decision: value }];
    if (isNoted(value)) return [{ path, decision: value[0], note: value[1] }];
    return decidedFields(value, path);
  });
}

function isNoted(
  value: AnyFields | readonly unknown[],
): value is readonly [DecidedField['decision'], string] {
  return Array.isArray(value);
}

/** What is ignored or refused, as a table in Markdown: a row for each object of the spec; objects with the same share one. */
export function specFieldsTable(): string {
  const fields = decidedFields().filter(({ decision }) => decision !== 'obeyed');
  const rows = new Map<string, string[]>();
  for (const place of new Set(fields.map(placeOf))) {
    const own = fields.filter((field) => placeOf(field) === place);
    const cells = (['ignored', 'refused'] as const).map((decision) => cellOf(own, decision));
    const key = cells.join(' | ');
    rows.set(key, [...(rows.get(key) ?? []), place === '' ? 'the app' : `\`${place}\``]);
  }
  const lines = [...rows].map(([cells, places]) => `| ${places.join(', ')} | ${cells} |`);
  return ['| in | ignored | refused |', '|---|---|---|', ...lines].join('\n');
}

function placeOf({ path }: DecidedField): string {
  return path.slice(0, -1).join('.');
}

function cellOf(fields: readonly DecidedField[], decision: DecidedField['decision']): string {
  const texts = fields.flatMap((field) => {
    if (field.decision !== decision) return [];
    const name = `\`${field.path.at(-1)}\``;
    return field.note === undefined ? name : `${name} (${field.note})`;
  });
  return texts.join(', ');
}
