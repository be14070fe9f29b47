import { rolloutServices, statePathIn } from '@odoobo/app-platform';
import { type AppSpec, type Issue, sourceFields, storedSpec } from '@odoobo/app-platform/spec';
import { runner } from '@odoobo/machine/package-manager';
import { runsBehindNx } from '../terminal/nx-stdout.js';
import { allAtOnce, type SkillManifest } from './manifest.js';

/** The longest name of a service for which `<name>-canary` and `<name>-router` are names of components. */
const longestName = 25;

type Skill = Pick<SkillManifest, 'id' | 'runtime' | 'static'>;

/** Why the requests of a skill cannot be split, as far as its App Spec says. */
export function rolloutIssues(spec: AppSpec, skill: Skill): Issue[] {
  const routed = rolloutServices(spec);
  const [service] = routed;
  if (!service) {
    const message = 'a rollout splits HTTP requests, and no service takes any: it has internal_ports only';
    return [{ path: 'services', message }];
  }
  if (routed.length > 1) {
    const names = routed.map(({ name }) => `"${name}"`).join(' and ');
    return [
      { path: 'services', message: `a rollout splits the requests of one service, and ${names} take some` },
    ];
  }
  const at = `services/${spec.services?.indexOf(service)}`;
  const issues: Issue[] = [];
  if (skill.static !== undefined) issues.push({ path: at, message: `"static" of the manifest ${allAtOnce}` });
  const source = sourceFields.find((field) => field !== 'image' && service[field] !== undefined);
  if (source !== undefined) issues.push({ path: `${at}/${source}`, message: needsImage(skill) });
  if (service.protocol === 'HTTP2')
    issues.push({ path: `${at}/protocol`, message: 'a rollout splits HTTP/1.1, not HTTP2' });
  if (service.name.length > longestName) {
    const message = `with a rollout, expected at most ${longestName} characters: "${service.name}-canary" is a component, too`;
    issues.push({ path: `${at}/name`, message });
  }
  if (statePathIn(storedSpec(spec), service.name) === undefined) {
    const message =
      'a rollout needs a rule of the service that trims its prefix or leads from "/", for any host: through it, deploys reach the router';
    issues.push({ path: spec.ingress ? 'ingress/rules' : `${at}/routes`, message });
  }
  return [...issues, ...takenNames(spec, service.name)];
}

function needsImage({ id, runtime }: Skill): string {
  if (runtime === 'python')
    return (
      'a rollout needs an image, and a Python service has none: App Platform builds it from the branch, with the packages of requirements.txt. ' +
      'Remove "rollout" from the manifest'
    );
  const [image, repository] = [`ghcr.io/<owner>/${id}`, `registry: <owner>, repository: ${id}`];
  const how = runsBehindNx()
    ? `Name one: ${runner} nx g @odoobo/nx-skills:adopt ${id} --image=${image}`
    : `Name one in place of the branch, without build_command, run_command and environment_slug: image: { registry_type: GHCR, ${repository} }`;
  return (
    'a rollout needs an image: the router beside the service is one, and App Platform builds this service from a branch, which has none. ' +
    `${how}. Or remove "rollout" from the manifest`
  );
}

function takenNames(spec: AppSpec, service: string): Issue[] {
  const lists = ['services', 'workers', 'jobs', 'static_sites', 'functions', 'databases'] as const;
  return lists.flatMap((list) =>
    (spec[list] ?? []).flatMap(({ name }, index) =>
      name === `${service}-canary` || name === `${service}-router`
        ? [{ path: `${list}/${index}/name`, message: 'a rollout adds a component of this name' }]
        : [],
    ),
  );
}
