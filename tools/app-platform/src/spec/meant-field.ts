import { closestMatch } from 'leven';
import * as z from 'zod';

/** The part of JSON Schema that says which fields there are. */
interface Fields {
  properties?: Record<string, Fields>;
  items?: Fields;
  anyOf?: Fields[];
}

/** What users of other tools write, and the field of an App Spec; each was found in public App Specs, or is another tool's. */
const otherNames = new Map(
  Object.entries({
    environment: 'envs',
    environmentvariables: 'envs',
    envvars: 'envs',
    variables: 'envs',
    port: 'http_port',
    cmd: 'run_command',
    command: 'run_command',
    startcommand: 'run_command',
    entrypoint: 'run_command',
    replicas: 'instance_count',
    instances: 'instance_count',
    size: 'instance_size_slug',
    instancesize: 'instance_size_slug',
    buildpack: 'environment_slug',
    rootdirectory: 'source_dir',
    crons: 'jobs',
    secrets: 'envs',
    ports: 'http_port',
    alertpolicy: 'alerts',
    rootdir: 'source_dir',
    workingdirectory: 'source_dir',
    autodeploy: 'deploy_on_push',
    repository: 'repo',
    repourl: 'repo_clone_url',
    url: 'repo_clone_url',
    installcommand: 'build_command',
    publishdirectory: 'output_dir',
    outputdirectory: 'output_dir',
    runtime: 'environment_slug',
    language: 'environment_slug',
    memory: 'instance_size_slug',
    plan: 'instance_size_slug',
    healthcheckpath: 'http_path',
    interval: 'period_seconds',
    intervalseconds: 'period_seconds',
    retries: 'failure_threshold',
    unhealthythreshold: 'failure_threshold',
    healthythreshold: 'success_threshold',
    type: 'rule',
  }),
);

/** Nothing longer is a name: comparing takes time. */
const longestName = 64;

/** The text that is closest to a mistyped one; undefined if none is close. */
export function nearest(typed: string, among: readonly string[]): string | undefined {
  if (typed.length > longestName) return undefined;
  const spelled = new Map(among.map((name) => [plain(name), name]));
  const word = plain(typed);
  const names = [...spelled.keys()];
  const tolerance = Math.min(3, Math.max(1, Math.floor(word.length / 3)));
  const match =
    names.find((name) => name === word) ??
    closestMatch(word, names, { maxDistance: tolerance }) ??
    names.find((name) => word.length > 2 && name.startsWith(word));
  return match === undefined ? undefined : spelled.get(match);
}

/**
 * What a field that the schema does not know was probably meant to be, as a sentence; empty where nothing is close: another
 * field of the same object, or the same field in its right place.
 * @param path of the field
 */
export function meantField(schema: z.ZodType, path: readonly PropertyKey[]): string {
  const keys = path.map(String);
  const key = keys.at(-1) ?? '';
  const root = fieldsOf(schema);
  const objects = keys.map((_, depth) => objectAt(root, keys.slice(0, depth)));
  const here = objects.at(-1) ?? {};
  const other = otherNames.get(plain(key));
  const match =
    nearest(key, Object.keys(here)) ??
    (other !== undefined && Object.hasOwn(here, other) ? other : undefined);
  if (match !== undefined) return `Did you mean "${match}"?`;
  const place = placeOf(key, keys, objects);
  if (place !== undefined)
    return place.isAbove ? `It belongs to ${place.at}.` : `It is a field of ${place.at}.`;
  const otherPlace = other === undefined ? undefined : placeOf(other, keys, objects);
  return otherPlace === undefined ? '' : `Did you mean "${other}" of ${otherPlace.at}?`;
}

/**
 * Where a field is, if not in its object: just below, above, or in one of the lists of the spec.
 * @param objects the fields of the spec and of each object on the path
 */
function placeOf(
  key: string,
  path: readonly string[],
  objects: readonly Record<string, Fields>[],
): { at: string; isAbove: boolean } | undefined {
  const holders = (among: Record<string, Fields> = {}) =>
    Object.keys(among).filter((name) => Object.hasOwn(propertiesOf(among[name]), key));
  const below = holders(objects.at(-1));
  if (below.length > 0) return { at: below.join(', '), isAbove: false };
  const above = objects.slice(0, -1).findLastIndex((object) => Object.hasOwn(object, key));
  if (above >= 0)
    return { at: above === 0 ? 'the top level' : path.slice(0, above).join('/'), isAbove: true };
  const lists = holders(objects[0]);
  return lists.length > 0 ? { at: lists.join(', '), isAbove: false } : undefined;
}

const known = new WeakMap<z.ZodType, Fields>();

function fieldsOf(schema: z.ZodType): Fields {
  const fields =
    known.get(schema) ?? (z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Fields);
  known.set(schema, fields);
  return fields;
}

/** `http_port`, `httpPort` and `HTTP-PORT` count as the same name. */
function plain(name: string): string {
  return name.replaceAll(/[-_ ]/g, '').toLowerCase();
}

/** The fields of the object at a path; none where the path leads elsewhere. */
function objectAt(root: Fields, path: readonly string[]): Record<string, Fields> {
  let at: Fields | undefined = root;
  for (const key of path) at = /^\d+$/.test(key) ? at?.items : propertiesOf(at)[key];
  return propertiesOf(at);
}

/** The fields of an object, or of the objects in a list. */
function propertiesOf(schema: Fields | undefined): Record<string, Fields> {
  return schema?.properties ?? schema?.items?.properties ?? {};
}
