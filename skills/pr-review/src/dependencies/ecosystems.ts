/** A dependency as a manifest asks for it. */
export interface Dependency {
  name: string;
  /** The versions that fit; empty where any does. */
  range: string;
}

export interface Lockfile {
  name: string;
  /**
   * What the lockfile holds once it follows the manifest: one of these texts. Absent where a lockfile says nothing of
   * single dependencies in the manifest's own words.
   */
  records?: (dependency: Dependency) => string[];
}

/** A package manager's manifest, how a line of it names a dependency, and which lockfiles follow it. */
export interface Ecosystem {
  manifest: RegExp;
  /** Groups: name and range. */
  dependency: RegExp;
  lockfiles: (manifest: string) => Lockfile[];
  /** Another range of a dependency that was there before is recorded too. */
  recordsRanges: boolean;
  /** The command that brings the lockfile up to date. */
  update: string;
}

/** npm and bun repeat the manifest's own line. */
const npmRecord = ({ name, range }: Dependency) => [`"${name}": "${range}"`];

const npmLockfiles: Lockfile[] = [
  { name: 'package-lock.json', records: npmRecord },
  { name: 'npm-shrinkwrap.json', records: npmRecord },
  // Since lockfile version 6 the range is a "specifier" below the name; before it stood beside it. A catalog is one as well.
  {
    name: 'pnpm-lock.yaml',
    records: ({ name, range }) => [`specifier: ${range}`, `specifier: '${range}'`, `${name}: ${range}`],
  },
  // Yarn 1 writes name@range; Yarn 2 and later put the protocol between them.
  { name: 'yarn.lock', records: ({ name, range }) => [`${name}@${range}`, `${name}@npm:${range}`] },
  { name: 'bun.lock', records: npmRecord },
];

/** PEP 503: case, dots and underscores do not make another project. */
const projectName = (name: string) => name.toLowerCase().replace(/[-_.]+/g, '-');

export const ecosystems: Ecosystem[] = [
  {
    manifest: /^package\.json$/,
    // "name": "range"; scripts, versions and engines hold other texts under other keys.
    dependency:
      /^\s*"(?<name>(?!version"|node"|npm"|name")[@\w./-]{1,214})"\s*:\s*"(?<range>(?:[\^~<>=v]{0,2}\d|\*"|latest"|(?:npm|workspace|file|link|git|github|catalog|https?)[:+])[^"]{0,300}|\*|latest)"/,
    lockfiles: () => npmLockfiles,
    recordsRanges: true,
    update: 'the install command of your package manager',
  },
  {
    manifest: /^pyproject\.toml$/,
    dependency:
      /^\s*(?:["'](?<name>[\w.-]{1,100})(?:\[[\w, -]{1,100}\])?\s*(?<range>[<>=~!]=?[^"']{1,100})["'],?\s*$|(?!version\b|python\b)(?<key>[\w.-]{1,100})\s*=\s*(?:["'](?<version>[\^~<>=*\d][^"']{0,100})|\{.{0,200}version))/,
    lockfiles: () => [
      { name: 'poetry.lock', records: lockedName },
      { name: 'uv.lock', records: lockedName },
      { name: 'pdm.lock', records: lockedName },
    ],
    recordsRanges: false,
    update: 'poetry lock, uv lock or pdm lock',
  },
  {
    manifest: /^Pipfile$/,
    dependency: /^\s*"?(?<name>[\w.-]{1,100})"?\s*=\s*(?:["'](?<range>[\^~<>=*\d][^"']{0,100})|\{)/,
    lockfiles: () => [{ name: 'Pipfile.lock', records: ({ name }) => [`"${projectName(name)}": {`] }],
    recordsRanges: false,
    update: 'pipenv lock',
  },
  {
    // pip-compile writes requirements.txt from requirements.in.
    manifest: /^[\w.-]{1,60}\.in$/,
    dependency:
      /^\s*(?<name>[A-Za-z0-9][\w.-]{0,100})(?:\[[\w, -]{1,100}\])?\s*(?<range>(?:[<>=~!]=?.{1,100})?)\s*(?:[;#].*)?$/,
    lockfiles: (manifest) => [
      { name: manifest.replace(/\.in$/, '.txt'), records: ({ name }) => [`${projectName(name)}==`] },
    ],
    recordsRanges: false,
    update: 'pip-compile',
  },
];

function lockedName({ name }: Dependency): string[] {
  return [`name = "${projectName(name)}"`];
}
