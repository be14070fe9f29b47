import type { AppSpec, Service, StaticSite } from '@odoobo/app-platform/spec';
import { type BuiltComponent, builtComponents } from '../deployments/components.js';
import { ApiError, count } from '../errors/api-error.js';
import type { Sources } from '../sources/source.js';
import { countsOf, otherPortsOf } from './component-spec.js';
import { rulesOf } from './ingress-rules.js';
import type { Runtime } from './runtime.js';

/**
 * Refuses what cannot be run here.
 * @throws ApiError 501 that names everything of the spec that it is; 400 for ingress rules that no one can follow.
 */
export async function requireRunnable(
  spec: AppSpec,
  { sources, databases }: Pick<Runtime, 'sources' | 'databases'>,
): Promise<void> {
  requireRules(spec);
  const gaps = [
    ...(spec.functions ?? []).map(
      ({ name }, index) =>
        `functions/${index}: "${name}" is a function, which the local platform does not run. Leave it out of the spec that you try here`,
    ),
    ...(await databases.gaps(spec)),
    ...(await Promise.all(builtComponents(spec).map((one) => componentGaps(one, sources)))).flat(),
  ];
  if (gaps.length === 0) return;
  throw new ApiError(501, `The local platform cannot run "${spec.name}": ${gaps.join('; ')}.`);
}

/**
 * Refuses what a deployment would fail to find.
 * @throws ApiError 400 that names everything
 */
export async function requireSources(spec: AppSpec, sources: Sources): Promise<void> {
  const missing = builtComponents(spec).map(async (component) =>
    (await sources.missing(component.spec)).map((issue) => `${component.field}/${issue}`),
  );
  const issues = (await Promise.all(missing)).flat();
  if (issues.length > 0)
    throw new ApiError(400, `The app spec has ${count(issues.length)}: ${issues.join('; ')}`);
}

function requireRules(spec: AppSpec): void {
  try {
    rulesOf(spec);
  } catch (cause) {
    throw new ApiError(400, `The app spec has an error: ${(cause as Error).message}`, { cause });
  }
}

async function componentGaps(component: BuiltComponent, sources: Sources): Promise<string[]> {
  const gaps = [...(await sources.gaps(component.spec)), ...kindGaps(component)];
  return gaps.map((gap) => `${component.field}/${gap}`);
}

function kindGaps(component: BuiltComponent): string[] {
  switch (component.kind) {
    case 'service':
      return serviceGaps(component.spec);
    case 'static site':
      return siteGaps(component.spec);
    case 'job':
      return [
        ...((component.spec.instance_count ?? 1) > 1
          ? ['instance_count: a job runs once here. Set it to 1']
          : []),
      ];
    case 'worker':
      return [];
  }
}

/** An artefact of the local store holds the folder of a skill's `static`; App Platform has no static site from an image at all. */
function siteGaps({ image }: StaticSite): string[] {
  const isArtefact = image?.registry_type === 'DOCR' && image.digest !== undefined;
  return image && !isArtefact
    ? [
        'image: a static site is built from git here, not from the image of a registry. Set git or github, or make it a service',
      ]
    : [];
}

/** App Platform gives each instance a network of its own; here all of them share the ports of this machine. */
function serviceGaps(service: Service): string[] {
  const isMany = countsOf({ kind: 'service', field: '', spec: service }).most > 1;
  return isMany && otherPortsOf(service).length > 0
    ? ['internal_ports: two instances cannot listen on one port of this machine. Set instance_count to 1']
    : [];
}
