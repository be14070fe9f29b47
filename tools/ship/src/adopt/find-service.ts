import { findGoService } from './go-service.js';
import { findHealthPath } from './health-path.js';
import { findNodeService } from './node-service.js';
import {
  type AdoptedProject,
  type ProjectFiles,
  type Service,
  UnknownServiceError,
} from './project-files.js';
import { findPythonService } from './python-service.js';

/** What the person says; it takes precedence over what is found. */
export type Said = Partial<Service>;

/**
 * How a service that is there already is built, shipped, started and checked.
 * @throws UnknownServiceError for what is neither said nor found, with the option that says it
 */
export function findService(project: AdoptedProject, said: Said): Service {
  const runtime = said.runtime ?? runtimeOf(project);
  checkTarget(project, said.buildTarget);
  if (said.ship !== undefined && said.start === undefined)
    throw new UnknownServiceError(
      'A folder says nothing about what starts it. Name the command: --start=<command>',
    );
  if (runtime === 'container') return { ...findContainer(project, said), runtime };
  const isSaid = said.entry !== undefined || said.ship !== undefined || (runtime === 'python' && said.start);
  if (isSaid) return { healthPath: '/', ...said, runtime };
  if (said.start !== undefined && runtime === 'node' && said.entry === undefined)
    throw new UnknownServiceError(
      `"${said.start.join(' ')}" says nothing about what is shipped. Name the folder that it runs in, with all that it needs: --ship=<folder>`,
    );
  return { ...finders[runtime](project, said.healthPath), ...said };
}

const finders = { node: findNodeService, python: findPythonService, go: findGoService };

/** Files of services of other languages, which need a Dockerfile. */
const otherKinds = ['Cargo.toml', 'pom.xml', 'build.gradle', 'build.gradle.kts', 'Gemfile', 'composer.json'];

/** A Dockerfile is taken where nothing else says how the service is built: services of Node and Python often have one, too. */
function runtimeOf(project: AdoptedProject): Service['runtime'] {
  const { name, files } = project;
  const { paths } = files;
  const other = otherKinds.find((file) => paths.includes(file));
  if (paths.some((path) => ['requirements.txt', 'pyproject.toml', 'manage.py'].includes(path)))
    return 'python';
  if (paths.includes('go.mod')) return 'go';
  if (paths.includes('Dockerfile') && (other !== undefined || !paths.includes('package.json')))
    return 'container';
  if (paths.includes('package.json') && (other === undefined || startsNode(files))) return 'node';
  if (other === undefined && paths.some((path) => /\.[cm]?[jt]sx?$/.test(path))) return 'node';
  if (other === undefined && paths.some((path) => path.endsWith('.py'))) return 'python';
  if (other === undefined && paths.some((path) => path.endsWith('.go'))) return 'go';
  throw new UnknownServiceError(
    (other === undefined
      ? `${name} has none of package.json, requirements.txt, go.mod and Dockerfile, so it is not known how it is built. `
      : `${name} has a ${other}: a service in that language is shipped with its Dockerfile, and there is none. `) +
      'Add a Dockerfile to its folder, or say what it is: --runtime=node, --runtime=python or --runtime=go',
  );
}

/** Other languages have a package.json for their style sheets and scripts. */
function startsNode(files: ProjectFiles): boolean {
  return /"start(:prod)?"\s*:/.test(files.read('package.json') ?? '');
}

function checkTarget({ name, targets }: AdoptedProject, target: string | undefined): void {
  if (target === undefined || targets.includes(target)) return;
  throw new UnknownServiceError(
    `${name} has no target "${target}". It has: ${[...targets].sort().join(', ') || 'none'}. Name the one that builds it: --buildTarget=<target>`,
  );
}

/**
 * The Dockerfile of a project, which says itself what it ships and what starts it.
 * @throws UnknownServiceError where there is none
 */
function findContainer(
  { name, files }: AdoptedProject,
  { entry = 'Dockerfile', healthPath }: Partial<Service>,
): Omit<Service, 'runtime'> {
  if (files.paths.includes(entry)) return { entry, healthPath: healthPath ?? findHealthPath(files) ?? '/' };
  throw new UnknownServiceError(
    `${name} has no ${entry} that git does not ignore. Name its Dockerfile, from its folder: --entry=<file>`,
  );
}
