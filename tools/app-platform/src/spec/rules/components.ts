import { isDeepStrictEqual } from 'node:util';
import { instanceSizes, legacyInstanceSizeSlugs } from '../instance-sizes.js';
import { sourceFields } from '../sources.js';
import {
  componentLists,
  componentsOf,
  type Fields,
  fieldsOf,
  listOf,
  type LooseComponent,
  type Report,
  textOf,
} from './loose.js';
import { checkSchedule } from './schedule.js';

/** Names are unique across all components of an app, whatever their kind. */
export function checkNames(spec: Fields, report: Report): void {
  if (!componentLists.some((list) => spec[list] !== undefined)) {
    report([], `expected at least one component, under ${componentLists.join(', ')}`);
  }
  const first = new Map<string, string>();
  for (const { path, fields } of componentsOf(spec)) {
    const name = textOf(fields.name);
    if (name === undefined) continue;
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, path.join('/'));
    else report([...path, 'name'], `"${name}" is already the name of ${earlier}`);
  }
}

/**
 * A key has one meaning within one list of variables. The same variable once more changes nothing, and official templates have it
 * (https://github.com/digitalocean-labs/openclaw-appplatform, .do/deploy.template.yaml).
 */
export function checkEnvs(spec: Fields, report: Report): void {
  checkEnvKeys(spec, [], report);
  for (const { path, fields } of componentsOf(spec)) checkEnvKeys(fields, path, report);
}

function checkEnvKeys(owner: Fields, path: (string | number)[], report: Report): void {
  const seen = new Map<string, { env: Fields; index: number }>();
  listOf(owner.envs).forEach((env, index) => {
    const key = textOf(env.key);
    if (key === undefined) return;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, { env, index });
    else if (!isDeepStrictEqual(first.env, env)) {
      const at = [...path, 'envs', first.index].join('/');
      report([...path, 'envs', index, 'key'], `"${key}" is set twice, and not the same, first by ${at}`);
    }
  });
}

/** Exactly one source per component; an image has either a tag or a digest. */
export function checkSources(spec: Fields, report: Report): void {
  for (const component of componentsOf(spec)) {
    if (component.list === 'databases') continue;
    const given = sourceFields.filter((field) => component.fields[field] !== undefined);
    if (given.length !== 1) {
      const got =
        given.length === 0
          ? 'none. Add one, such as github: { repo: owner/repository, branch: main }'
          : given.join(' and ');
      report(component.path, `expected exactly one source of ${sourceFields.join(', ')}, got ${got}`);
    }
    checkImage(fieldsOf(component.fields.image), [...component.path, 'image'], report);
  }
}

function checkImage(image: Fields, path: (string | number)[], report: Report): void {
  const pinned = image.digest !== undefined;
  if (pinned && image.tag !== undefined) {
    report([...path, 'tag'], 'not allowed together with digest: a digest names one image, a tag may move');
  }
  if (image.registry_type === 'DOCR' && textOf(image.registry)) {
    report([...path, 'registry'], 'must be left empty for registry_type DOCR');
  }
  if (image.registry_type === 'DOCKER_HUB' && !textOf(image.registry)) {
    report([...path, 'registry'], 'required for registry_type DOCKER_HUB');
  }
  const [, host, rest] = /^([^/]*\.[^/]*)\/(.+)$/.exec(textOf(image.repository) ?? '') ?? [];
  if (host !== undefined) {
    const repository = image.registry_type === 'DOCR' ? rest?.split('/').at(-1) : rest;
    report(
      [...path, 'repository'],
      `expected it without "${host}": registry_type names the registry. Did you mean "${repository}"?`,
    );
  }
  if (fieldsOf(image.deploy_on_push).enabled !== true) return;
  if (pinned)
    report([...path, 'deploy_on_push'], 'not allowed together with digest: a new push has another digest');
  if (image.registry_type !== 'DOCR') report([...path, 'deploy_on_push'], 'only for registry_type DOCR');
}

/** instance_count xor autoscaling, and both only on sizes that allow them. */
export function checkScaling(spec: Fields, report: Report): void {
  for (const { path, fields } of componentsOf(spec)) {
    const size = instanceSizes.find((one) => one.slug === fields.instance_size_slug);
    if (size?.singleInstanceOnly && typeof fields.instance_count === 'number' && fields.instance_count > 1) {
      report([...path, 'instance_count'], `${size.slug} allows one instance only`);
    }
    if (fields.autoscaling !== undefined) checkAutoscaling(fields, path, size?.scalable, report);
  }
}

function checkAutoscaling(
  fields: Fields,
  path: (string | number)[],
  scalable: boolean | undefined,
  report: Report,
): void {
  if (fields.instance_count !== undefined) {
    report([...path, 'instance_count'], 'not allowed together with autoscaling');
  }
  const { min_instance_count: least, max_instance_count: most } = fieldsOf(fields.autoscaling);
  if (typeof least === 'number' && typeof most === 'number' && least > most) {
    report([...path, 'autoscaling'], `min_instance_count ${least} is above max_instance_count ${most}`);
  }
  const legacy: readonly unknown[] = legacyInstanceSizeSlugs;
  if (scalable !== true && !legacy.includes(fields.instance_size_slug)) {
    report([...path, 'instance_size_slug'], 'autoscaling needs a dedicated size (apps-d-...)');
  }
}

/** Fields of one component of which only one may be set, or which need each other. */
export function checkExclusives(spec: Fields, report: Report): void {
  for (const component of componentsOf(spec)) {
    const { list, path, fields } = component;
    if (
      list === 'static_sites' &&
      fields.catchall_document !== undefined &&
      fields.error_document !== undefined
    ) {
      report([...path, 'catchall_document'], 'not allowed together with error_document');
    }
    if (list === 'jobs') checkSchedule(component, report);
    checkLogDestinations(component, report);
  }
}

const destinations = ['papertrail', 'datadog', 'logtail', 'open_search', 'endpoint'];

function checkLogDestinations({ path, fields }: LooseComponent, report: Report): void {
  listOf(fields.log_destinations).forEach((destination, index) => {
    const given = destinations.filter((name) => destination[name] !== undefined);
    if (given.length !== 1) {
      const got = given.length === 0 ? 'none' : given.join(' and ');
      report(
        [...path, 'log_destinations', index],
        `expected exactly one of ${destinations.join(', ')}, got ${got}`,
      );
    }
    const search = fieldsOf(destination.open_search);
    if (search.endpoint !== undefined && search.cluster_name !== undefined) {
      report(
        [...path, 'log_destinations', index, 'open_search'],
        'endpoint is not allowed together with cluster_name',
      );
    }
  });
}
