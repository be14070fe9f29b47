import { createHash } from 'node:crypto';
import { usualEnvironments } from './environment.js';

/** The limit of App Platform's names of apps (`name` of its app spec). */
const longestName = 32;

/** The shortest part of a skill's name that is worth keeping: a letter and a hash need eight. */
const leastRoom = 12;

/** `<skill><suffix>`; a name that is too long is cut, and a hash of what is cut makes it unique. */
export function appNameOf(skill: string, suffix: string): string {
  const room = longestName - suffix.length;
  if (skill.length <= room) return `${skill}${suffix}`;
  if (room >= leastRoom) return `${shortened(skill, skill, room)}${suffix}`;
  return shortened(`${skill}${suffix}`, `${skill}\0${suffix}`, longestName);
}

/** The app of a skill in a placement: the skill's own name, its environment if that is not a usual one, and its own name. */
export function appOf(
  skill: string,
  { environment, name }: { environment: string; name?: string | undefined },
): string {
  const parts = [...(usualEnvironments.includes(environment) ? [] : [environment]), ...(name ? [name] : [])];
  return appNameOf(skill, parts.map((part) => `-${part}`).join(''));
}

function shortened(text: string, whole: string, room: number): string {
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, 6);
  return `${text.slice(0, room - hash.length - 1).replace(/-+$/, '')}-${hash}`;
}
