/** Options that Nx 23 and 24 use themselves; all others go to the tasks. A test compares them with the installed Nx. */

/** Options with a value. */
export const nxValues = [
  'targets',
  'projects',
  'project',
  'configuration',
  'exclude',
  'parallel',
  'maxParallel',
  'runner',
  'graph',
  'explain',
  'outputStyle',
  'tuiAutoExit',
  'files',
  'base',
  'head',
];

/** Options that are true or false. */
export const nxFlags = [
  'all',
  'batch',
  'verbose',
  'tui',
  'prod',
  'nxBail',
  'nxIgnoreCycles',
  'skipNxCache',
  'skipRemoteCache',
  'excludeTaskDependencies',
  'skipSync',
  'cloud',
  'dte',
  'useAgents',
  'stdin',
  'uncommitted',
  'untracked',
  'help',
  'version',
];

export const nxOptions = [...nxValues, ...nxFlags];

const otherNames: Record<string, string[]> = {
  targets: ['target', 't'],
  projects: ['p'],
  configuration: ['c'],
  skipNxCache: ['disableNxCache'],
  skipRemoteCache: ['disableRemoteCache'],
  useAgents: ['agents'],
};

/** Other names of each option, including `skip-nx-cache` for `skipNxCache`. */
export const aliases: Record<string, string[]> = Object.fromEntries(
  nxOptions.map((name) => {
    const names = [name, ...(otherNames[name] ?? [])];
    return [name, [...names.slice(1), ...names.map(kebab).filter((other) => !names.includes(other))]];
  }),
);

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
