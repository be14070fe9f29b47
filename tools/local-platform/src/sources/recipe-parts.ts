/** How the dependencies of a build get there. */
export interface Install {
  /** `in place` fills `node_modules` folders of the build; a `venv` is shared by the builds that need the same. */
  into: 'in place' | 'venv';
  commands: string[][];
  /** Prints which tool installs; part of what the dependencies are cached by. */
  version: string[];
  /** What else they are cached by: the lock file and all that changes what it installs. */
  inputs: Record<string, string>;
  /** Installs with the same word take turns: they share a cache that two at once would break. */
  turn?: string;
  /** Why they are installed again each time; undefined where they are taken from the cache. */
  anew?: string;
}

/** How the files of a commit become something that runs. */
export interface Recipe {
  /** Print the versions of tools that the build needs, which the machine may lack. */
  needs: string[][];
  installs: Install[];
  /** Run in turn after the install. */
  build: string[][];
  /** What runs where the spec has no run_command; empty where nothing is known. */
  start: string[];
  /** Variables that tools read, at build and at run time. */
  settings: Record<string, string>;
  /** The environment of what runs; the spec's own wins. */
  env: Record<string, string>;
  /** Folders of this machine that come first on PATH, at run time too. */
  path: string[];
  /** Folders of the build, from its source_dir, with programs that a command may call by their names. */
  programs: string[];
  /** Reported in the build's log. */
  notes: string[];
  /** A sentence for the failure of a command of the build. */
  advice?: string | undefined;
}

/** Of which a recipe has all that it does not name. */
export const plainRecipe: Recipe = {
  needs: [],
  installs: [],
  build: [],
  start: [],
  settings: {},
  env: {},
  path: [],
  programs: [],
  notes: [],
};

/** A line for the shell, if there is one. */
export function shellLines(...lines: (string | undefined)[]): string[][] {
  return lines.flatMap((line) => (line ? [['/bin/sh', '-c', line]] : []));
}
