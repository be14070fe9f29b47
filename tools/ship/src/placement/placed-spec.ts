import type { AppSpec } from '@odoobo/app-platform/spec';
import type { SkillPlace } from '../manifest/skill-place.js';

/** The App Spec of an app of a skill, from the skill's own. */
export function placedSpec(spec: AppSpec, { skill, placement }: SkillPlace): AppSpec {
  return placement ? { ...spec, name: skill } : spec;
}
