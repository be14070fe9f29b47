import { type AppSpec, digestKey, sourceFields } from '../spec/index.js';
import { markKey } from '../versions/mark.js';
import { scheduleKey } from '../versions/scale-schedule.js';
import { fingerprintKey } from '../versions/secrets-fingerprint.js';

/** Lists of an App Spec whose elements have names. */
export const componentLists = [
  'services',
  'workers',
  'jobs',
  'static_sites',
  'functions',
  'databases',
] as const;

/** Whether something on the platform that the wanted spec does not mention is kept; by its path. */
export type Keeps = (path: string, value: unknown) => boolean;

interface Fields {
  [field: string]: unknown;
}

/** The field that names the elements of a list. */
const identities: Readonly<Record<string, string>> = {
  ...Object.fromEntries(componentLists.map((list) => [list, 'name'])),
  envs: 'key',
  domains: 'domain',
  alerts: 'rule',
  log_destinations: 'name',
};

/** Our variables: each write sets them again. */
const ownKeys: readonly string[] = [markKey, fingerprintKey, digestKey, scheduleKey];

/** A component has each group in one form: if the wanted spec has a field of a group, that replaces the whole group. */
const groups: readonly (readonly string[])[] = [
  [...sourceFields, ...['build_command', 'run_command', 'source_dir', 'environment_slug', 'dockerfile_path']],
  ['instance_count', 'autoscaling'],
];

/**
 * The wanted spec, with the kept parts of the spec on the platform. List elements are matched by name; what both have is as
 * in the wanted spec. Pure.
 * @returns also the paths of the kept parts, such as `services/web/envs/TOKEN`
 */
export function keep(wanted: AppSpec, there: AppSpec, keeps: Keeps): { spec: AppSpec; paths: string[] } {
  const paths: string[] = [];
  const note: Keeps = (path, value) => {
    const stays = keeps(path, value);
    if (stays) paths.push(path);
    return stays;
  };
  const spec = merged(wanted, there, '', note) as AppSpec;
  return { spec: withRules(spec, wanted, there, note), paths };
}

function merged(wanted: Fields, there: Fields, path: string, keeps: Keeps): Fields {
  const result: Fields = { ...wanted };
  for (const [field, value] of Object.entries(there)) {
    const at = `${path}${field}`;
    const identity = identities[field];
    if (identity !== undefined && Array.isArray(value)) {
      const isComponents = componentLists.some((one) => one === field);
      const options = { identity, isComponents, path: `${at}/`, keeps };
      const list = mergedList(wanted[field], value as Fields[], options);
      if (list) result[field] = list;
    } else if (wanted[field] === undefined && !isReplaced(field, wanted) && keeps(at, value)) {
      result[field] = value;
    } else if (field === 'image' && wanted[field]) {
      result[field] = withCredentials(wanted[field] as Fields, value as Fields, at, keeps);
    }
  }
  return result;
}

/** The image, with the platform's credentials for the registry if both images are in the same one. */
function withCredentials(wanted: Fields, there: Fields, path: string, keeps: Keeps): Fields {
  const credentials = there['registry_credentials'];
  const isSame = ['registry_type', 'registry'].every((field) => wanted[field] === there[field]);
  const isSilent = wanted['registry_credentials'] === undefined && credentials !== undefined;
  if (!isSame || !isSilent || !keeps(`${path}/registry_credentials`, credentials)) return wanted;
  return { ...wanted, registry_credentials: credentials };
}

interface ListOptions {
  /** The field that names an element. */
  identity: string;
  /** Fields of components are merged; other elements are as in the wanted spec. */
  isComponents: boolean;
  path: string;
  keeps: Keeps;
}

function mergedList(
  wanted: unknown,
  there: readonly Fields[],
  { identity, isComponents, path, keeps }: ListOptions,
): Fields[] | undefined {
  const ours = (Array.isArray(wanted) ? wanted : []) as Fields[];
  const nameOf = (element: Fields): string => String(element[identity]);
  const both = ours.map((element) => {
    const other = isComponents && there.find((one) => nameOf(one) === nameOf(element));
    return other ? merged(element, other, `${path}${nameOf(element)}/`, keeps) : element;
  });
  const names = new Set([...ours.map(nameOf), ...ownKeys]);
  const kept = there.filter(
    (element) => !names.has(nameOf(element)) && keeps(`${path}${nameOf(element)}`, element),
  );
  const all = [...both, ...kept];
  return all.length > 0 || wanted !== undefined ? all : undefined;
}

function isReplaced(field: string, wanted: Fields): boolean {
  return groups.some((group) => group.includes(field) && group.some((one) => wanted[one] !== undefined));
}

/** If both have ingress rules: adds those of components that are kept. */
function withRules(spec: AppSpec, wanted: AppSpec, there: AppSpec, keeps: Keeps): AppSpec {
  if (!wanted.ingress) return spec;
  const names = new Set(componentLists.flatMap((list) => (wanted[list] ?? []).map(({ name }) => name)));
  const rules = (there.ingress?.rules ?? []).filter((rule) => {
    const name = rule.component?.name;
    return name !== undefined && !names.has(name) && keeps(`ingress/rules/${name}`, rule);
  });
  return rules.length === 0
    ? spec
    : { ...spec, ingress: { ...wanted.ingress, rules: [...rules, ...(wanted.ingress.rules ?? [])] } };
}
