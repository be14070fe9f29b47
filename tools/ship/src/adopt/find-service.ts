import { findNodeService } from './node-service.js';
import { type AdoptedProject, type Service, UnknownServiceError } from './project-files.js';
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
  const isSaid = said.entry !== undefined || said.ship !== undefined || (runtime === 'python' && said.start);
  if (isSaid) return { healthPath: '/', ...said, runtime };
  if (said.start !== undefined && runtime === 'node' && said.entry === undefined)
    throw new UnknownServiceError(
      `"${said.start.join(' ')}" says nothing about what is shipped. Name the folder that it runs in, with all that it needs: --ship=<folder>`,
    );
  const find = runtime === 'python' ? findPythonService : findNodeService;
  return { ...find(project, said.healthPath), ...said };
}

/** Files of services that are neither of Node nor of Python. */
const otherKinds = [
  'go.mod',
  'Cargo.toml',
  'pom.xml',
  'build.gradle',
  'build.gradle.kts',
  'Gemfile',
  'composer.json',
];

function runtimeOf({ name, files: { paths } }: AdoptedProject): Service['runtime'] {
  const other = otherKinds.find((file) => paths.includes(file));
  if (paths.some((path) => ['requirements.txt', 'pyproject.toml', 'manage.py'].includes(path)))
    return 'python';
  if (paths.includes('package.json')) return 'node';
  if (other === undefined && paths.some((path) => /\.[cm]?[jt]sx?$/.test(path))) return 'node';
  if (other === undefined && paths.some((path) => path.endsWith('.py'))) return 'python';
  const sign = other ?? paths.find((path) => /(^|\/)Dockerfile$/.test(path));
  throw new UnknownServiceError(
    `${name} has ${sign === undefined ? 'neither package.json nor requirements.txt' : `a ${sign}, and neither package.json nor requirements.txt`}. ` +
      'Only services of Node and Python can be adopted. If it is one: --runtime=node, or --runtime=python',
  );
}

function checkTarget({ name, targets }: AdoptedProject, target: string | undefined): void {
  if (target === undefined || targets.includes(target)) return;
  throw new UnknownServiceError(
    `${name} has no target "${target}". It has: ${[...targets].sort().join(', ') || 'none'}. Name the one that builds it: --buildTarget=<target>`,
  );
}
