import { UsageError } from '@odoobo/local-platform/command-line';
import { relative } from 'node:path';
import { didYouMean } from '../terminal/did-you-mean.js';
import type { OrderedPlace, PlainWorkspace } from './read-workspace.js';

/**
 * The skills that a command is about: those that are named; else the one of the user's folder, or all below it.
 * @throws UsageError for a name that no skill has, and in a folder without skills
 */
export function chooseSkills(
  { root, cwd, places }: PlainWorkspace,
  names: readonly string[],
): OrderedPlace[] {
  if (places.length === 0)
    throw new UsageError(
      `${root} has no skill: git lists no skill.json there, and no "skill" in a package.json.`,
    );
  if (names.length > 0) return [...new Set(names)].flatMap((name) => named(name, places));
  const folder = relative(root, cwd);
  const around = places.filter(({ skillRoot }) => isWithin(folder, skillRoot));
  const chosen = around.length > 0 ? around : places.filter(({ skillRoot }) => isWithin(skillRoot, folder));
  if (chosen.length === 0) throw new UsageError(`There is no skill in ${cwd}. Name one: ${listed(places)}.`);
  return chosen;
}

/**
 * These skills, and all that must be live before them, each after those that it depends on.
 * @throws UsageError for a dependency that no skill has, and for skills that wait for each other
 */
export function inOrder(chosen: readonly OrderedPlace[], places: readonly OrderedPlace[]): OrderedPlace[] {
  const ordered = new Set<OrderedPlace>();
  const add = (place: OrderedPlace, waiting: readonly string[]): void => {
    if (ordered.has(place)) return;
    const { skill, dependencies } = place;
    if (waiting.includes(skill))
      throw new UsageError(`These wait for each other to be live: ${[...waiting, skill].join(' -> ')}.`);
    for (const dependency of dependencies) {
      const found = places.find((one) => one.skill === dependency);
      if (!found) throw new UsageError(`${skill} depends on "${dependency}", and there is no such skill.`);
      add(found, [...waiting, skill]);
    }
    ordered.add(place);
  };
  for (const place of chosen) add(place, []);
  return [...ordered];
}

function named(name: string, places: readonly OrderedPlace[]): OrderedPlace[] {
  const found = places.filter(({ skill }) => skill === name);
  if (found.length > 0) return found;
  const skills = places.map(({ skill }) => skill);
  throw new UsageError(
    `There is no skill "${name}".${didYouMean(name, skills) || ` There are: ${listed(places)}.`}`,
  );
}

function listed(places: readonly OrderedPlace[]): string {
  return places.map(({ skill }) => skill).join(', ');
}

function isWithin(path: string, folder: string): boolean {
  return folder === '' || folder === '.' || path === folder || path.startsWith(`${folder}/`);
}
